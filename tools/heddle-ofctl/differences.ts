const hexByte = (byte: number | undefined): string =>
  byte === undefined ? '(none)' : byte.toString(16).padStart(2, '0')

/** The bytes in which `after` differs from `before`, one a line, each line with `prefix` before it. */
export function differences(before: Buffer, after: Buffer, prefix = ''): string {
  let text = ''
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (before[i] === after[i]) continue
    text += `${prefix}${String(i).padStart(2)}: ${hexByte(before[i])} -> ${hexByte(after[i])}\n`
  }
  return text
}
