import { EncodeError } from '../errors.js'
import type { FieldName, Value, ValueOf } from '../spec/fields.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'
import { and, MatchBuilder } from './builder.js'
import { checkValue, type Match } from './terms.js'

/** What to match, by field: a value, or [value, mask]. */
export type MatchInit = { readonly [F in FieldName]?: ValueOf<F> | readonly [ValueOf<F>, ValueOf<F>] }

/** Values in a MatchInit are typed by field; walking all of them loses which, so it is said once here. */
type InitEntry = [FieldName, Value | readonly [Value, Value] | undefined]

/**
 * The canonical match of `init`. Views (`xreg0`, `vlan_vid`, `nw_tos` ...) become the fields that they are views of.
 * @throws EncodeError on a value that is too wide, a mask on a field that has none, a missing prerequisite (such as
 * `tcp_dst` without `eth_type` and `nw_proto`), or two fields that demand different values of the same bits.
 */
export function match(init: MatchInit): Match {
  const builder = new MatchBuilder()
  const asked: FieldInfo[] = []
  for (const [name, given] of Object.entries(init) as InitEntry[]) {
    if (given === undefined) continue
    const info = fieldInfo(name)
    const value = checkValue(info, typeof given === 'object' ? given[0] : given, 'value')
    const mask = typeof given === 'object' ? checkValue(info, given[1], 'mask') : info.ones
    if (!info.maskable && mask !== info.ones && mask !== 0) throw new EncodeError(`${name}: cannot be masked`)
    if (mask === 0 || mask === 0n) continue
    const failure = builder.add(info, and(value, mask), mask === info.ones ? undefined : mask)
    if (failure !== undefined) throw new EncodeError(failure)
    builder.setPrereqOf(info)
    asked.push(info)
  }
  for (const info of asked) {
    if (!info.prereqMet(builder.kind) || !info.sent(builder.kind)) {
      throw new EncodeError(`${info.name}: prerequisite ${info.prereq} is not matched`)
    }
  }
  return builder.build()
}

/** A short string that is equal for equal matches and for them alone. */
export function matchKey(m: Match): string {
  let key = ''
  for (const term of m) {
    key += `${term.field}=${String(term.value)}`
    if (term.mask !== undefined) key += `/${String(term.mask)}`
    key += ','
  }
  return key
}
