import type { Reader } from '../binary.js'
import { TextError } from '../errors.js'
import { joined } from '../text/joined.js'
import { strToU16 } from '../text/numbers.js'
import { scanKeyValues } from '../text/scan.js'
import { formatSubfield, parseSubfield } from '../text/subfield.js'
import { parseTable } from '../text/tables.js'
import { parseNat } from './nat.js'
import { define, nicira, OF10, type ParseEnv } from './spec.js'
import { type Checked, checkSource, type PacketState } from './state.js'
import { type Action, type CloneAction, CT_FLAGS, type CtAction, type CtFlag, type Subfield } from './types.js'
import * as wire from './wire-fields.js'

const NO_TABLE = 0xff
const ALGS: Readonly<Record<string, number>> = { ftp: 21, tftp: 69 }
const CT_FLAG_NAMES = Object.keys(CT_FLAGS) as CtFlag[]
const NAMED_FLAGS = CT_FLAGS.commit | CT_FLAGS.force
/** The flags by their bits. */
const FLAG_SETS: readonly (readonly CtFlag[])[] = Array.from({ length: NAMED_FLAGS + 1 }, (_, bits) =>
  CT_FLAG_NAMES.filter((name) => (bits & CT_FLAGS[name]) !== 0),
)
const CS_INVALID = 0x10

function readZone(r: Reader, offset: number): number | Subfield {
  const isNumber = r.peek32() === 0
  if (isNumber) r.skip(4)
  const info = isNumber ? undefined : wire.readShortHeader(r)
  const packed = r.u16()
  if (info === undefined) return packed
  const zone = wire.subfieldOf(info, wire.ofsOf(packed), wire.nBitsOf(packed), offset)
  if (zone.n_bits !== 16) throw wire.bad('ct: a zone has 16 bits', offset, 'OFPBAC_BAD_SET_LEN')
  return zone
}

function readCt(r: Reader): Omit<CtAction, 'actions'> {
  const offset = r.offset
  const bits = r.u16()
  if ((bits & NAMED_FLAGS) === CT_FLAGS.force) throw wire.bad('ct: force, but no commit', offset, 'OFPBAC_BAD_ARGUMENT')
  const zone = readZone(r, offset)
  const table = r.u8()
  r.skip(3)
  const alg = r.u16()
  const other = bits & ~NAMED_FLAGS
  return {
    type: 'ct',
    flags: FLAG_SETS[bits & NAMED_FLAGS] ?? [],
    ...(other !== 0 && { other_flags: other }),
    zone,
    ...(table !== NO_TABLE && { table }),
    ...(alg !== 0 && { alg }),
  }
}

/** Without commit, connections are only looked up: there is nothing to do but to apply their own translation. */
const isLookup = (action: Action): boolean =>
  action.type === 'nat' && action.kind === undefined && action.flags === undefined && action.addr === undefined

export const ctSpec = define<CtAction>({
  name: 'ct',
  doc:
    'Sends the packet through connection tracking, in a zone; with `table`, a copy of it goes on there. `exec` and ' +
    '`nat` act on the connection.',
  syntax: 'ct(commit,force,table=TABLE,zone=ZONE|SUBFIELD,nat[(...)],exec(ACTIONS),alg=ftp|tftp), all of them optional',
  types: ['ct'],
  inActionSet: true,
  forms: [
    nicira(
      'CT',
      35,
      {
        encode(w, a, env) {
          let bits = a.other_flags ?? 0
          for (const flag of a.flags) bits |= CT_FLAGS[flag]
          w.u16(bits)
          if (typeof a.zone === 'number') {
            w.u32(0)
            w.u16(a.zone)
          } else {
            w.u32(wire.actionOxm(wire.infoOf(a.zone), OF10).exactHeader)
            w.u16(wire.ofsNbits(a.zone))
          }
          w.u8(a.table ?? NO_TABLE)
          w.zeros(3)
          w.u16(a.alg ?? 0)
          env.actions(w, a.actions)
        },
        decode(r, env) {
          const offset = r.offset
          const head = readCt(r)
          const actions = env.actions(r, 'ct')
          if (!head.flags.includes('commit') && !actions.every(isLookup)) {
            throw wire.bad('ct: actions without commit', offset, 'OFPBAC_BAD_ARGUMENT')
          }
          return { ...head, actions }
        },
      },
      { bytes: 24, longer: true },
    ),
  ],
  parse: parseCt,
  format(a, env) {
    const parts: string[] = []
    for (const flag of CT_FLAG_NAMES) if (a.flags.includes(flag)) parts.push(flag)
    if (a.table !== undefined) parts.push(`table=${env.ctx.tableName?.(a.table) ?? a.table}`)
    if (typeof a.zone !== 'number') parts.push(`zone=${formatSubfield(a.zone)}`)
    else if (a.zone !== 0) parts.push(`zone=${a.zone}`)
    const nat = a.actions[0]?.type === 'nat' ? 1 : 0
    if (nat > 0) parts.push(env.actions(a.actions.slice(0, nat)))
    if (a.actions.length > nat) parts.push(`exec(${env.actions(a.actions.slice(nat))})`)
    if (a.alg !== undefined) parts.push(`alg=${Object.keys(ALGS).find((name) => ALGS[name] === a.alg) ?? a.alg}`)
    return `ct(${joined(parts)})`
  },
  check: checkCt,
})

const ALG_PROTOCOLS: Readonly<Record<number, number>> = { 21: 6, 69: 17 }

function checkCt(a: CtAction, state: PacketState): Checked {
  const { kind } = state
  const protocol = ALG_PROTOCOLS[a.alg ?? 0]
  const commitsInvalid = (kind.ctState & CS_INVALID) !== 0 && a.flags.includes('commit')
  if (!state.isIp || commitsInvalid || (protocol !== undefined && protocol !== kind.nwProto)) {
    return 'OFPBAC_MATCH_INCONSISTENT'
  }
  if (typeof a.zone !== 'number') return checkSource(a.zone, state)
  const actions = state.actions(a.actions)
  if (typeof actions === 'string') return actions
  return actions === a.actions ? undefined : { ...a, actions }
}

const isName = (text: string): boolean => /^[A-Za-z]/.test(text)

function parseZone(text: string): number | Subfield {
  if (isName(text)) return parseSubfield(text)
  try {
    return strToU16(text, 'zone')
  } catch (error) {
    if (error instanceof TextError) return parseSubfield(text)
    throw error
  }
}

type Draft = { -readonly [K in keyof CtAction]: CtAction[K] } & { flags: CtFlag[]; actions: Action[] }

type Take = (a: Draft, value: string, env: ParseEnv) => unknown

const TAKES = {
  commit: (a) => a.flags.push('commit'),
  force: (a) => a.flags.push('force'),
  table(a, value, env) {
    const table = parseTable(value, env.ctx)
    if (table === undefined) throw new TextError(`unknown table ${value}`)
    if (table === NO_TABLE) throw new TextError('invalid table 0xff')
    a.table = table
  },
  zone: (a, value) => (a.zone = parseZone(value)),
  alg(a, value) {
    const alg = ALGS[value]
    if (alg === undefined) throw new TextError(`invalid conntrack helper "${value}"`)
    a.alg = alg
  },
  nat: (a, value) => a.actions.push(parseNat(value)),
  exec: (a, value, env) => a.actions.push(...env.actions(value, 'ct')),
} satisfies Readonly<Record<string, Take>>

const KEYS: ReadonlyMap<string, Take> = new Map(Object.entries<Take>(TAKES))

function parseCt(arg: string, env: ParseEnv): CtAction {
  const a: Draft = { type: 'ct', flags: [], zone: 0, actions: [] }
  for (const { key, value } of scanKeyValues(arg)) {
    const take = KEYS.get(key)
    if (take === undefined) throw new TextError(`invalid argument to "ct" action: \`${key}'`)
    take(a, value, env)
  }
  let bits = 0
  for (const flag of a.flags) bits |= CT_FLAGS[flag]
  if (bits === CT_FLAGS.force) throw new TextError('"force" flag requires "commit" flag.')
  return { ...a, flags: FLAG_SETS[bits] ?? [] }
}

export const cloneSpec = define<CloneAction>({
  name: 'clone',
  doc: 'Executes actions on a copy of the packet: what they change is not seen after it.',
  syntax: 'clone(ACTIONS)',
  types: ['clone'],
  forms: [
    nicira(
      'CLONE',
      42,
      {
        encode(w, a, env) {
          w.zeros(6)
          env.actions(w, a.actions)
        },
        decode(r, env) {
          r.skip(6)
          return { type: 'clone', actions: env.actions(r, 'clone') }
        },
      },
      { longer: true },
    ),
  ],
  parse: (arg, env) => ({ type: 'clone', actions: env.actions(arg, 'clone') }),
  format: (a, env) => `clone(${a.actions.length === 0 ? 'drop' : env.actions(a.actions)})`,
  check(a, state) {
    const actions = state.actions(a.actions)
    if (typeof actions === 'string') return actions
    return actions === a.actions ? undefined : { ...a, actions }
  },
})
