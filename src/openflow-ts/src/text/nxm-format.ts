import { Reader } from '../binary.js'
import { readOxmHeader } from '../match/oxm.js'

const COOKIE = 0x00013c08
const COOKIE_W = 0x00013d10
const HEADER = 4

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The name of the field that begins here, and how many bytes its value has; steps over what says which it is. */
function headOf(r: Reader, raw: Buffer): { name: string; bytes: number; masked: boolean } {
  const header = raw.readUInt32BE(r.offset)
  if (header === COOKIE || header === COOKIE_W) {
    r.skip(HEADER)
    return { name: 'NXM_NX_COOKIE', bytes: 8, masked: header === COOKIE_W }
  }
  const { id, masked } = readOxmHeader(r)
  return { name: id.name, bytes: id.bytes, masked }
}

/** The fields of an NXM match, which is in order, as they stand in it: `NXM_OF_IN_PORT(0001), NXM_NX_REG0_W(01/0f)`. */
export function formatNxMatch(raw: Buffer): string {
  if (raw.length === 0) return '<any>'
  const r = new Reader(raw)
  const parts: string[] = []
  while (r.remaining > 0) {
    const { name, bytes, masked } = headOf(r, raw)
    const value = hexOf(r.bytes(bytes))
    parts.push(masked ? `${name}_W(${value}/${hexOf(r.bytes(bytes))})` : `${name}(${value})`)
  }
  return parts.join(', ')
}
