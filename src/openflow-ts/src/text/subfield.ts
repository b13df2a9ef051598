import type { Subfield } from '../action/types.js'
import { TextError } from '../errors.js'
import { fieldByName, type FieldInfo, fieldInfo, oxmByName } from '../spec/registry.js'
import { parseUint } from './scan.js'

/** The field of a name, an alias or a wire name (NXM_NX_REG0). */
export const anyFieldByName = (name: string): FieldInfo | undefined => fieldByName(name) ?? oxmByName(name)?.info

/** The name that subfields go by in text: the field's first wire name, or its own where it has none. */
const wireName = (info: FieldInfo): string => info.allIds[0]?.name ?? info.name

/** `NXM_NX_REG0[]`, `[3]`, `[0..15]`. */
export function formatSubfield(s: Subfield): string {
  const info = fieldInfo(s.field)
  const name = wireName(info)
  if (s.ofs === 0 && s.n_bits === info.subfieldBits) return `${name}[]`
  if (s.n_bits === 1) return `${name}[${s.ofs}]`
  return `${name}[${s.ofs}..${s.ofs + s.n_bits - 1}]`
}

const SYNTAX = /^([^[\]]+)(?:\[(?:(\d+)(?:\.\.(\d+))?)?\])?$/

/** Parses a subfield; without brackets it is the whole field. @throws TextError */
export function parseSubfield(text: string): Subfield {
  const parts = SYNTAX.exec(text.trim())
  if (parts === null) throw new TextError(`${text}: a subfield is field[], field[BIT] or field[FIRST..LAST]`)
  const info = anyFieldByName(parts[1] ?? '')
  if (info === undefined) throw new TextError(`${text}: unknown field \`${parts[1] ?? ''}'`)
  if (parts[2] === undefined) return { field: info.name, ofs: 0, n_bits: info.subfieldBits }
  const ofs = parseUint(parts[2], 0xffff, 'bit')
  const last = parts[3] === undefined ? ofs : parseUint(parts[3], 0xffff, 'bit')
  if (last < ofs) throw new TextError(`${text}: starting bit ${ofs} is after ending bit ${last}`)
  const bits = info.subfieldBits
  if (last >= bits) throw new TextError(`${text}: field has only ${bits} bits, not ${last + 1}`)
  return { field: info.name, ofs, n_bits: last - ofs + 1 }
}

/** `SRC->DST`. */
export function splitArrow(text: string, what: string): readonly [string, string] {
  const at = text.indexOf('->')
  if (at < 0) throw new TextError(`${text}: missing \`->' in \`${what}' action`)
  return [text.slice(0, at), text.slice(at + 2)]
}
