import { TextError } from '../errors.js'
import type { TlvMap } from '../messages/spec/tlv-table.js'

const INTEGER = String.raw`\s*([-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+))`
const MAPPING = new RegExp(`\\{class=${INTEGER},type=${INTEGER},len=${INTEGER}\\}->tun_metadata${INTEGER}`, 'y')

/** As C's scanf with %i: any base, and what is too wide loses its high bits. */
function scanned(text: string, bits: number): number {
  const digits = text.replace(/^[-+]/, '')
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits.replace(/^0+(?=[1-9])/, ''))
  return Number(BigInt.asUintN(bits, text.startsWith('-') ? -value : value))
}

/** `{class=0xffff,type=0,len=4}->tun_metadata0`, any number of them with commas between. @throws TextError */
export function parseTlvMaps(text: string): TlvMap[] {
  const maps: TlvMap[] = []
  for (let at = 0; at < text.length; ) {
    MAPPING.lastIndex = at
    const [all, option_class, option_type, option_len, index] = MAPPING.exec(text) ?? []
    const end = at + (all?.length ?? 0)
    if (all === undefined || (end < text.length && text[end] !== ',')) throw new TextError('invalid tlv mapping')
    maps.push({
      option_class: scanned(option_class ?? '', 16),
      option_type: scanned(option_type ?? '', 8),
      option_len: scanned(option_len ?? '', 8),
      index: scanned(index ?? '', 16),
    })
    at = end + 1
    if (at === text.length) throw new TextError('invalid tlv mapping')
  }
  return maps
}
