import type { Subfield } from '../action/types.js'
import { TextError } from '../errors.js'
import { Memo } from '../memo.js'
import { FIELD_INFOS, fieldByName, type FieldInfo, fieldInfo, oxmByName } from '../spec/registry.js'

/** The field of a name, an alias or a wire name (NXM_NX_REG0). */
export const anyFieldByName = (name: string): FieldInfo | undefined => fieldByName(name) ?? oxmByName(name)?.info

/** The name that subfields go by in text: the field's first wire name, or its own where it has none. */
const wireName = (info: FieldInfo): string => info.allIds[0]?.name ?? info.name

/** Whole fields, as nearly all are. */
const WHOLE: readonly string[] = FIELD_INFOS.map((info) => `${wireName(info)}[]`)

/** `NXM_NX_REG0[]`, `[3]`, `[0..15]`. */
export function formatSubfield(s: Subfield): string {
  const info = fieldInfo(s.field)
  if (s.ofs === 0 && s.n_bits === info.subfieldBits) return WHOLE[info.index] ?? ''
  const name = wireName(info)
  if (s.n_bits === 1) return `${name}[${s.ofs}]`
  return `${name}[${s.ofs}..${s.ofs + s.n_bits - 1}]`
}

const BITS = /^\[\s*([+-]?\d+)(?:\.\.\s*([+-]?\d+))?\]/

const BRACKET = 91
const DASH = 45

function endOfName(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === BRACKET || c === DASH) return i
  }
  return text.length
}

/** The subfield at the start of a text, and what follows it. Without brackets it is the whole field. @throws TextError */
export function scanSubfield(text: string): readonly [subfield: Subfield, rest: string] {
  const name = text.slice(0, endOfName(text))
  const info = anyFieldByName(name)
  if (info === undefined) throw new TextError(`${text}: unknown field \`${name}'`)
  const rest = text.slice(name.length)
  const whole = { field: info.name, ofs: 0, n_bits: info.subfieldBits }
  if (rest.startsWith('[]')) return [whole, rest.slice(2)]
  if (!rest.startsWith('[')) return [whole, rest]
  const bits = BITS.exec(rest)
  if (bits === null) throw new TextError(`${text}: syntax error expecting [] or [<bit>] or [<start>..<end>]`)
  const start = Number(bits[1])
  const end = bits[2] === undefined ? start : Number(bits[2])
  if (start > end) throw new TextError(`${text}: starting bit ${start} is after ending bit ${end}`)
  const beyond = (which: string, bit: number): TextError =>
    new TextError(`${text}: ${which} bit ${bit} is not valid because field is only ${info.subfieldBits} bits wide`)
  // Bits are compared without their sign in C.
  if (start < 0 || start >= info.subfieldBits) throw beyond('starting', start)
  if (end >= info.subfieldBits) throw beyond('ending', end)
  return [{ field: info.name, ofs: start, n_bits: end - start + 1 }, rest.slice(bits[0].length)]
}

const parsed = new Memo<Subfield>()

/** Parses a subfield, `field`, `field[]`, `field[BIT]` or `field[FIRST..LAST]`. @throws TextError */
export function parseSubfield(text: string): Subfield {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const [subfield, rest] = scanSubfield(text)
  if (rest !== '') throw new TextError('unexpected input following field syntax')
  return parsed.set(text, subfield)
}

const GREATER = 62

/** As `indexOf('->')`, which to call takes longer than to look. */
function indexOfArrow(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) === DASH && text.charCodeAt(i + 1) === GREATER) return i
  }
  return -1
}

/** `VALUE->FIELD` of load, set_field and check_pkt_larger. @throws TextError */
export function splitArrow(text: string): readonly [value: string, field: string] {
  const at = indexOfArrow(text)
  if (at < 0) throw new TextError(`${text}: missing \`->'`)
  if (at + 2 === text.length) throw new TextError(`${text}: missing field name following \`->'`)
  return [text.slice(0, at), text.slice(at + 2)]
}
