/** The Internet's checksum (RFC 1071) of parts that follow each other, all but the last of even length. */
export function checksum(...parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts) {
    const even = part.length & ~1
    for (let at = 0; at < even; at += 2) sum += part.readUInt16BE(at)
    if (even < part.length) sum += part.readUInt8(even) << 8
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
