import { Reader, type Writer } from '../binary.js'
import { DecodeError, TextError } from '../errors.js'
import { fieldInfo } from '../spec/registry.js'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../text/addresses.js'
import { parseUint, scanKeyValues } from '../text/scan.js'
import { formatSubfield, parseSubfield } from '../text/subfield.js'
import { define, nicira, OF10, type ParseEnv } from './spec.js'
import {
  type CloneAction,
  CT_FLAGS,
  type CtAction,
  type CtFlag,
  NAT_FLAGS,
  type NatAction,
  type NatFlag,
  type Subfield,
} from './types.js'
import { actionOxm, ofsNbits, readFieldHeader, subfieldOfPacked } from './wire-fields.js'

const NO_TABLE = 0xff
const ALGS: Readonly<Record<string, number>> = { ftp: 21, tftp: 69 }
const CT_FLAG_NAMES = Object.keys(CT_FLAGS) as CtFlag[]
const NAT_FLAG_NAMES = Object.keys(NAT_FLAGS) as NatFlag[]

function readCt(r: Reader): Omit<CtAction, 'actions'> {
  const offset = r.offset
  const bits = r.u16()
  const source = r.bytes(4)
  const zoneBits = r.u16()
  const table = r.u8()
  r.skip(3)
  const alg = r.u16()
  if ((bits & ~3) !== 0) throw new DecodeError(`ct: unknown flags ${bits}`, { offset, reply: 'OFPBAC_BAD_ARGUMENT' })
  let zone: number | Subfield = zoneBits
  if (source.readUInt32BE() !== 0) {
    zone = subfieldOfPacked(readFieldHeader(new Reader(source)), zoneBits, offset)
    if (zone.n_bits !== 16) throw new DecodeError('ct: a zone has 16 bits', { offset, reply: 'OFPBAC_BAD_SET_LEN' })
  }
  return {
    type: 'ct',
    flags: CT_FLAG_NAMES.filter((name) => (bits & CT_FLAGS[name]) !== 0),
    zone,
    ...(table === NO_TABLE ? {} : { table }),
    ...(alg === 0 ? {} : { alg }),
  }
}

export const ctSpec = define<CtAction>({
  types: ['ct'],
  forms: [
    nicira(35, {
      encode(w, a, env) {
        let bits = 0
        for (const flag of a.flags) bits |= CT_FLAGS[flag]
        w.u16(bits)
        if (typeof a.zone === 'number') {
          w.u32(0)
          w.u16(a.zone)
        } else {
          w.u32(actionOxm(fieldInfo(a.zone.field), OF10).exactHeader)
          w.u16(ofsNbits(a.zone))
        }
        w.u8(a.table ?? NO_TABLE)
        w.zeros(3)
        w.u16(a.alg ?? 0)
        env.actions(w, a.actions)
      },
      decode(r, env) {
        const head = readCt(r)
        return { ...head, actions: env.actions(r, r.remaining) }
      },
    }),
  ],
  parse: parseCt,
  format(a, env) {
    const parts: string[] = [...CT_FLAG_NAMES.filter((flag) => a.flags.includes(flag))]
    if (a.table !== undefined) parts.push(`table=${env.ctx.tableName?.(a.table) ?? a.table}`)
    if (typeof a.zone !== 'number') parts.push(`zone=${formatSubfield(a.zone)}`)
    else if (a.zone !== 0) parts.push(`zone=${a.zone}`)
    const nat = a.actions[0]?.type === 'nat' ? a.actions.slice(0, 1) : []
    const exec = a.actions.slice(nat.length)
    if (nat.length > 0) parts.push(env.actions(nat))
    if (exec.length > 0) parts.push(`exec(${env.actions(exec)})`)
    if (a.alg !== undefined) parts.push(`alg=${Object.keys(ALGS).find((name) => ALGS[name] === a.alg) ?? a.alg}`)
    return `ct(${parts.join(',')})`
  },
})

function parseZone(text: string): number | Subfield {
  if (/^[0-9]/.test(text)) return parseUint(text, 0xffff, 'zone')
  const zone = parseSubfield(text)
  if (zone.n_bits !== 16) throw new TextError(`zone ${text} is not 16 bits wide`)
  return zone
}

function parseCt(arg: string, env: ParseEnv): CtAction {
  const flags = new Set<CtFlag>()
  let a: CtAction = { type: 'ct', flags: [], zone: 0, actions: [] }
  for (const { key, value, delimiter } of scanKeyValues(arg)) {
    if (key === 'commit' || key === 'force') flags.add(key)
    else if (key === 'table') {
      const table = env.ctx.tableNumber?.(value) ?? parseUint(value, 255, 'recirc_table')
      if (table === NO_TABLE) throw new TextError(`invalid table ${value}`)
      a = { ...a, table }
    } else if (key === 'zone') a = { ...a, zone: parseZone(value) }
    else if (key === 'alg') a = { ...a, alg: parseAlg(value) }
    else if (key === 'nat') {
      const nat = delimiter === '' ? parseNat('') : parseNat(value)
      if (a.actions.some((action) => action.type === 'nat')) throw new TextError('ct: nat is given twice')
      a = { ...a, actions: [nat, ...a.actions] }
    } else if (key === 'exec') a = { ...a, actions: [...a.actions, ...env.actions(value, 'ct')] }
    else throw new TextError(`invalid argument to "ct" action: \`${key}'`)
  }
  if (flags.has('force') && !flags.has('commit')) throw new TextError('"force" flag requires "commit" flag.')
  return { ...a, flags: CT_FLAG_NAMES.filter((flag) => flags.has(flag)) }
}

function parseAlg(text: string): number {
  const alg = ALGS[text]
  if (alg === undefined) throw new TextError(`invalid alg=${text}`)
  return alg
}

const RANGE = { ipv4_min: 1, ipv4_max: 2, ipv6_min: 4, ipv6_max: 8, proto_min: 16, proto_max: 32 } as const

function writeNat(w: Writer, a: NatAction): void {
  let flags = a.kind === 'src' ? 1 : a.kind === 'dst' ? 2 : 0
  for (const flag of a.flags ?? []) flags |= NAT_FLAGS[flag]
  const { addr, port } = a
  let present = 0
  if (addr !== undefined) {
    const v6 = typeof addr.min === 'bigint'
    present |= v6 ? RANGE.ipv6_min : RANGE.ipv4_min
    if (addr.max !== undefined) present |= v6 ? RANGE.ipv6_max : RANGE.ipv4_max
  }
  if (port !== undefined) present |= port.max === undefined ? RANGE.proto_min : RANGE.proto_min | RANGE.proto_max
  w.zeros(2)
  w.u16(flags)
  w.u16(present)
  for (const value of [addr?.min, addr?.max]) if (value !== undefined) w.uint(value, typeof value === 'bigint' ? 16 : 4)
  for (const value of [port?.min, port?.max]) if (value !== undefined) w.u16(value)
}

function readNat(r: Reader): NatAction {
  const offset = r.offset
  r.skip(2)
  const flags = r.u16()
  const present = r.u16()
  const one = (bit: number, bytes: number): number | bigint | undefined =>
    (present & bit) === 0 ? undefined : r.uint(bytes)
  const v4 = [one(RANGE.ipv4_min, 4), one(RANGE.ipv4_max, 4)]
  const v6 = [one(RANGE.ipv6_min, 16), one(RANGE.ipv6_max, 16)]
  const [portMin, portMax] = [one(RANGE.proto_min, 2), one(RANGE.proto_max, 2)]
  const [min, max] = v4[0] === undefined && v4[1] === undefined ? v6 : v4
  const bothFamilies = min !== v6[0] && v6[0] !== undefined
  const kinds = flags & 3
  const badRange = (min === undefined && max !== undefined) || (portMin === undefined && portMax !== undefined)
  if (bothFamilies || badRange || kinds === 3 || flags >= 32 || (kinds === 0 && (present !== 0 || flags !== 0))) {
    throw new DecodeError(`nat: flags ${flags}, ranges ${present}`, { offset, reply: 'OFPBAC_BAD_ARGUMENT' })
  }
  const names = NAT_FLAG_NAMES.filter((name) => (flags & NAT_FLAGS[name]) !== 0)
  return {
    type: 'nat',
    ...(kinds === 0 ? {} : { kind: kinds === 1 ? 'src' : 'dst' }),
    ...(min === undefined ? {} : { addr: max === undefined ? { min } : { min, max } }),
    ...(portMin === undefined ? {} : { port: portRange(Number(portMin), portMax) }),
    ...(names.length === 0 ? {} : { flags: names }),
  }
}

const portRange = (min: number, max: number | bigint | undefined): { min: number; max?: number } =>
  max === undefined ? { min } : { min, max: Number(max) }

function formatNat(a: NatAction): string {
  if (a.kind === undefined) return 'nat'
  const address = (value: number | bigint): string => {
    if (typeof value === 'number') return formatIpv4(value)
    return a.port === undefined ? formatIpv6(value) : `[${formatIpv6(value)}]`
  }
  let range = ''
  if (a.addr !== undefined) {
    range += address(a.addr.min)
    if (a.addr.max !== undefined) range += `-${address(a.addr.max)}`
  }
  if (a.port !== undefined) {
    range += `:${a.port.min}`
    if (a.port.max !== undefined) range += `-${a.port.max}`
  }
  const parts = [range === '' ? a.kind : `${a.kind}=${range}`]
  // As ovs-ofctl, which shows flags only beside a range.
  if (range !== '') parts.push(...NAT_FLAG_NAMES.filter((flag) => a.flags?.includes(flag) === true))
  return `nat(${parts.join(',')})`
}

/** ADDR, ADDR-ADDR, either with :PORT or :PORT-PORT after it, IPv6 in brackets then; or ports alone after a colon. */
const NAT_RANGE = /^(?:\[?([0-9a-fA-F:.]+?)\]?(?:-\[?([0-9a-fA-F:.]+?)\]?)?)?(?::(\d+)(?:-(\d+))?)?$/

function parseNatRange(text: string): Pick<NatAction, 'addr' | 'port'> {
  const v6 = text.includes('[') || (text.match(/:/g) ?? []).length > 1
  const bare = v6 && !text.includes('[')
  const parts = bare ? /^([^-]+)(?:-(.+))?$/.exec(text) : NAT_RANGE.exec(text)
  if (parts === null) throw new TextError(`nat: invalid range "${text}"`)
  const parse = v6 ? parseIpv6 : parseIpv4
  const [, minText, maxText, portMin, portMax] = parts
  const min = minText === undefined ? undefined : parse(minText)
  const max = maxText === undefined ? undefined : parse(maxText)
  if (min !== undefined && max !== undefined && max < min) throw new TextError(`${text}: invalid range`)
  const port = portMin === undefined ? undefined : parseUint(portMin, 0xffff, 'port')
  const last = portMax === undefined ? undefined : parseUint(portMax, 0xffff, 'port')
  if (port !== undefined && last !== undefined && last < port) throw new TextError(`${text}: invalid port range`)
  return {
    ...(min === undefined ? {} : { addr: max === undefined || max === min ? { min } : { min, max } }),
    ...(port === undefined ? {} : { port: portRange(port, last === port ? undefined : last) }),
  }
}

function parseNat(arg: string): NatAction {
  let a: NatAction = { type: 'nat' }
  const flags = new Set<NatFlag>()
  for (const { key, value } of scanKeyValues(arg)) {
    if (key === 'src' || key === 'dst') {
      if (a.kind !== undefined) throw new TextError("May only specify one of 'src' or 'dst'.")
      a = { ...a, kind: key, ...(value === '' ? {} : parseNatRange(value)) }
    } else if (key === 'persistent' || key === 'hash' || key === 'random') flags.add(key)
    else throw new TextError(`invalid key "${key}" in "nat" argument`)
  }
  if (a.kind === undefined && flags.size > 0) {
    throw new TextError(`Flags allowed only with 'src' or 'dst'.`)
  }
  if (flags.has('hash') && flags.has('random')) throw new TextError("Both 'hash' and 'random' are not allowed.")
  const ordered = NAT_FLAG_NAMES.filter((flag) => flags.has(flag))
  return ordered.length === 0 ? a : { ...a, flags: ordered }
}

export const natSpec = define<NatAction>({
  types: ['nat'],
  forms: [nicira(36, { encode: writeNat, decode: readNat })],
  parse: (arg) => parseNat(arg),
  format: formatNat,
})

export const cloneSpec = define<CloneAction>({
  types: ['clone'],
  forms: [
    nicira(42, {
      encode(w, a, env) {
        w.zeros(6)
        env.actions(w, a.actions)
      },
      decode(r, env) {
        r.skip(6)
        return { type: 'clone', actions: env.actions(r, r.remaining) }
      },
    }),
  ],
  parse: (arg, env) => ({ type: 'clone', actions: env.actions(arg, 'clone') }),
  format: (a, env) => `clone(${a.actions.length === 0 ? 'drop' : env.actions(a.actions)})`,
})
