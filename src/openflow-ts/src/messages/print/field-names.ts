/** The part of a name up to the last underscore that two names have in common. */
function commonPrefix(a: string, b: string): number {
  let end = 0
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === '_') end = i + 1
  return end
}

const NUMBERED = /^(.*?)(\d+)$/
const LEAST_RUN = 3

/** How many names from the first on are numbered one after the other. */
function runLength(names: readonly string[]): number {
  const [, stem = '', first = ''] = NUMBERED.exec(names[0] ?? '') ?? []
  if (first === '') return 1
  const start = Number(first)
  let count = 1
  while (names[count] === `${stem}${start + count}`) count++
  return count
}

/** How many names from the first on begin as it does. */
function groupLength(names: readonly string[]): number {
  const [first = ''] = names
  let count = 1
  while (count < names.length && commonPrefix(first, names[count] ?? '') > 0) count++
  return count
}

/**
 * Names as ovs-ofctl lists fields: `reg0...reg7`, `eth_{src,dst}`. Of a group, as many letters are said but once as its
 * first two names share, though others may share fewer.
 */
export function compressNames(names: readonly string[], separator: string): string {
  const texts: string[] = []
  for (let at = 0; at < names.length; ) {
    const rest = names.slice(at)
    const [first = '', second = ''] = rest
    const run = runLength(rest)
    const group = groupLength(rest)
    if (run >= LEAST_RUN && run >= group) {
      texts.push(`${first}...${rest[run - 1] ?? ''}`)
      at += run
    } else if (group > 1) {
      const shared = commonPrefix(first, second)
      const inner = rest.slice(0, group).map((name) => name.slice(shared))
      texts.push(`${first.slice(0, shared)}{${compressNames(inner, ',')}}`)
      at += group
    } else {
      texts.push(first)
      at++
    }
  }
  return texts.join(separator)
}
