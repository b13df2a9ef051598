import type { Reader, Writer } from '../binary.js'
import { DecodeError, TextError } from '../errors.js'
import { widenPort } from '../match/oxm.js'
import { PORTS } from '../ports.js'
import { formatPort, parsePort, portFromText, reservedPort } from '../text/ports.js'
import { type KeyValue, parseUint, scanKeyValues } from '../text/scan.js'
import { formatSubfield, parseSubfield } from '../text/subfield.js'
import { define, nicira, OF10, OF11, OF15, standard } from './spec.js'
import {
  type Action,
  CONTROLLER_REASONS,
  type ControllerAction,
  type EnqueueAction,
  type GroupAction,
  type OutputAction,
  type OutputRegAction,
  type OutputTruncAction,
} from './types.js'
import { actionOxm, infoOf, ofsNbits, readFieldHeader, subfieldOfPacked, writeFieldHeader } from './wire-fields.js'

const WHOLE_PACKET = 0xffff
/** The shortest packet that truncation may make: an Ethernet header. */
const MIN_TRUNC = 14

/** Ports that a packet may be sent to. */
export function readPort(r: Reader): number {
  const offset = r.offset
  const port = r.u32()
  if (port >= PORTS.MAX && port < PORTS.UNSET) {
    throw new DecodeError(`port ${port} does not exist`, { offset, reply: 'OFPBAC_BAD_OUT_PORT' })
  }
  return port
}

const output = (port: number, maxLen: number): OutputAction =>
  maxLen === 0 && port !== PORTS.CONTROLLER ? { type: 'output', port } : { type: 'output', port, max_len: maxLen }

export const outputSpec = define<OutputAction>({
  types: ['output'],
  forms: [
    standard(
      0,
      {
        encode(w, a) {
          w.u32(a.port)
          w.u16(a.max_len ?? (a.port === PORTS.CONTROLLER ? WHOLE_PACKET : 0))
        },
        decode(r) {
          const port = readPort(r)
          return output(port, r.u16())
        },
      },
      OF11,
      OF15,
    ),
    standard(
      0,
      {
        encode(w, a) {
          w.u16(a.port & 0xffff)
          w.u16(a.max_len ?? (a.port === PORTS.CONTROLLER ? WHOLE_PACKET : 0))
        },
        decode(r) {
          const port = widenPort(r.u16())
          return output(port, r.u16())
        },
      },
      OF10,
      OF10,
    ),
  ],
  parse(arg, env, keyword) {
    if (keyword === 'output_trunc') return parseTrunc(scanKeyValues(arg), env.ctx)
    if (arg === '') throw new TextError('output: needs a port')
    const colon = arg.indexOf(':')
    if (colon < 0 && arg.includes('(')) throw new TextError(`${arg}: bad port`)
    const port = portFromText(arg, env.ctx)
    if (port !== undefined) return output(port, port === PORTS.CONTROLLER ? WHOLE_PACKET : 0)
    if (colon >= 0 && reservedPort(arg.slice(0, colon)) === PORTS.CONTROLLER) {
      return output(PORTS.CONTROLLER, parseUint(arg.slice(colon + 1), WHOLE_PACKET, 'max_len'))
    }
    const pairs = scanKeyValues(arg)
    if (pairs.length > 1 || pairs[0]?.delimiter === '=') return parseTrunc(pairs, env.ctx)
    return parseOutputReg(arg)
  },
  format(a, env) {
    const port = formatPort(a.port, env.ctx)
    if (a.port < PORTS.MAX) return `output:${port}`
    return a.port === PORTS.CONTROLLER ? `${port}:${a.max_len ?? WHOLE_PACKET}` : port
  },
})

function parseOutputReg(arg: string): OutputRegAction {
  const name = arg.split('[', 1)[0] ?? ''
  const src = parseSubfield(arg)
  if (name === '') throw new TextError(`${arg}: output to unknown port`)
  return { type: 'output_reg', src, max_len: WHOLE_PACKET }
}

/** `output(port=P,max_len=N)` */
function parseTrunc(pairs: readonly KeyValue[], ctx: Parameters<typeof parsePort>[1]): OutputTruncAction {
  let port: number | undefined
  let maxLen = 0
  for (const { key, value } of pairs) {
    if (key === 'port') port = parsePort(value, ctx, 'truncate port')
    else if (key === 'max_len') maxLen = parseUint(value, 0xffffffff, 'max_len')
    else throw new TextError(`invalid key '${key}' in output_trunc argument`)
  }
  if (port === undefined) throw new TextError('output_trunc needs a port')
  if (port >= PORTS.MAX && port !== PORTS.LOCAL && port !== PORTS.IN_PORT) {
    throw new TextError(`output to unsupported truncate port: ${formatPort(port, ctx)}`)
  }
  if (maxLen < MIN_TRUNC) throw new TextError(`max_len ${maxLen} is less than the minimum value ${MIN_TRUNC}`)
  return { type: 'output_trunc', port, max_len: maxLen }
}

export const outputTruncSpec = define<OutputTruncAction>({
  types: ['output_trunc'],
  forms: [
    nicira(39, {
      encode(w, a) {
        w.u16(a.port & 0xffff)
        w.u32(a.max_len)
      },
      decode(r) {
        const offset = r.offset
        const port = widenPort(r.u16())
        const maxLen = r.u32()
        if (maxLen < MIN_TRUNC) {
          throw new DecodeError('output_trunc: too short', { offset, reply: 'OFPBAC_BAD_ARGUMENT' })
        }
        return { type: 'output_trunc', port, max_len: maxLen }
      },
    }),
  ],
  parse: (arg, env) => parseTrunc(scanKeyValues(arg), env.ctx),
  format: (a, env) => `output(port=${formatPort(a.port, env.ctx)},max_len=${a.max_len})`,
})

export const outputRegSpec = define<OutputRegAction>({
  types: ['output_reg'],
  forms: [
    nicira(15, {
      encode(w, a) {
        w.u16(ofsNbits(a.src))
        writeFieldHeader(w, infoOf(a.src), OF10)
        w.u16(a.max_len)
      },
      decode(r) {
        const offset = r.offset
        const packed = r.u16()
        const src = subfieldOfPacked(readFieldHeader(r), packed, offset)
        return { type: 'output_reg', src, max_len: r.u16() }
      },
    }),
    nicira(32, {
      encode(w, a) {
        w.u16(ofsNbits(a.src))
        w.u16(a.max_len)
        writeFieldHeader(w, infoOf(a.src), OF10)
      },
      decode(r) {
        const offset = r.offset
        const packed = r.u16()
        const maxLen = r.u16()
        return { type: 'output_reg', src: subfieldOfPacked(readFieldHeader(r), packed, offset), max_len: maxLen }
      },
    }),
  ],
  choose: (a) => (actionOxm(infoOf(a.src), OF10).oxmClass === 0xffff ? 1 : 0),
  parse: (arg) => parseOutputReg(arg),
  format: (a) => `output:${formatSubfield(a.src)}`,
})

export const groupSpec = define<GroupAction>({
  types: ['group'],
  forms: [
    standard(22, {
      encode(w: Writer, a: GroupAction) {
        w.u32(a.group_id)
      },
      decode: (r: Reader) => ({ type: 'group', group_id: r.u32() }) as const,
    }),
    nicira(
      40,
      {
        encode(w, a) {
          w.zeros(2)
          w.u32(a.group_id)
        },
        decode(r) {
          r.skip(2)
          return { type: 'group', group_id: r.u32() }
        },
      },
      OF10,
      OF10,
    ),
  ],
  parse: (arg) => ({ type: 'group', group_id: parseUint(arg, 0xffffffff, 'group id') }),
  format: (a) => `group:${a.group_id}`,
})

export const enqueueSpec = define<EnqueueAction>({
  types: ['enqueue'],
  forms: [
    standard(
      11,
      {
        encode(w, a) {
          w.u16(a.port & 0xffff)
          w.zeros(6)
          w.u32(a.queue_id)
        },
        decode(r) {
          const port = widenPort(r.u16())
          r.skip(6)
          return { type: 'enqueue', port, queue_id: r.u32() }
        },
      },
      OF10,
      OF10,
    ),
  ],
  lower(a, version) {
    if (version === OF10) return undefined
    return [{ type: 'set_queue', queue_id: a.queue_id }, { type: 'output', port: a.port }, { type: 'pop_queue' }]
  },
  parse(arg, env) {
    const pairs = scanKeyValues(arg)
    const keyed = (name: string): string | undefined => pairs.find((pair) => pair.key === name)?.value
    const [first, second] = keyed('port') === undefined ? arg.split(/[:,]/) : [keyed('port'), keyed('queue')]
    if (first === undefined || second === undefined) {
      throw new TextError('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"')
    }
    return {
      type: 'enqueue',
      port: parsePort(first, env.ctx, 'enqueue port'),
      queue_id: parseUint(second, 0xffffffff, 'queue'),
    }
  },
  format: (a, env) => `enqueue:${formatPort(a.port, env.ctx)}:${a.queue_id}`,
})

const PROP = { max_len: 0, id: 1, reason: 2, userdata: 3, pause: 4, meter_id: 5 } as const

const isPlainController = (a: ControllerAction): boolean =>
  (a.userdata === undefined || a.userdata.length === 0) && a.pause !== true && a.meter_id === undefined

function reasonOf(code: number, offset: number): ControllerAction['reason'] {
  const reason = CONTROLLER_REASONS[code]
  if (reason === undefined) throw new DecodeError(`packet-in reason ${code}`, { offset, reply: 'OFPBAC_BAD_ARGUMENT' })
  return reason
}

/** One property: `bytes` of value after the type and length, padded to 8. */
function writeProperty(w: Writer, type: number, length: number, value: number | Uint8Array, bytes: number): void {
  const start = w.length
  w.u16(type)
  w.u16(length)
  if (typeof value === 'number') w.uint(value, bytes)
  else w.bytes(value)
  w.alignFrom(start, 8)
}

/** The properties of NXAST_CONTROLLER2; those with their default value are left out. */
function writeProperties(w: Writer, a: ControllerAction): void {
  w.zeros(6)
  if (a.max_len !== WHOLE_PACKET) writeProperty(w, PROP.max_len, 8, a.max_len, 2)
  if (a.id !== 0) writeProperty(w, PROP.id, 8, a.id, 2)
  if (a.reason !== 'action') writeProperty(w, PROP.reason, 5, CONTROLLER_REASONS.indexOf(a.reason), 1)
  const { userdata, meter_id } = a
  if (userdata !== undefined && userdata.length > 0) {
    writeProperty(w, PROP.userdata, 4 + userdata.length, userdata, userdata.length)
  }
  if (a.pause === true) writeProperty(w, PROP.pause, 4, new Uint8Array(0), 0)
  if (meter_id !== undefined) writeProperty(w, PROP.meter_id, 8, meter_id, 4)
}

function readProperties(r: Reader): ControllerAction {
  r.skip(6)
  let action: ControllerAction = { type: 'controller', max_len: WHOLE_PACKET, reason: 'action', id: 0 }
  while (r.remaining > 0) {
    const offset = r.offset
    const type = r.u16()
    const length = r.u16()
    if (length < 4) throw new DecodeError('a property is cut short', { offset, reply: 'OFPBAC_BAD_LEN' })
    const body = r.slice(length - 4)
    r.skip((8 - (length % 8)) % 8)
    if (type === PROP.max_len) action = { ...action, max_len: body.u16() }
    else if (type === PROP.id) action = { ...action, id: body.u16() }
    else if (type === PROP.reason) action = { ...action, reason: reasonOf(body.u8(), offset) }
    else if (type === PROP.userdata) action = { ...action, userdata: Uint8Array.from(body.bytes(body.remaining)) }
    else if (type === PROP.pause) action = { ...action, pause: true }
    else if (type === PROP.meter_id) action = { ...action, meter_id: body.u32() }
    else throw new DecodeError(`controller: unknown property ${type}`, { offset, reply: 'OFPBPC_BAD_TYPE' })
  }
  return action
}

export const controllerSpec = define<ControllerAction>({
  types: ['controller'],
  forms: [
    nicira(20, {
      encode(w, a) {
        w.u16(a.max_len)
        w.u16(a.id)
        w.u8(CONTROLLER_REASONS.indexOf(a.reason))
      },
      decode(r) {
        const offset = r.offset
        const maxLen = r.u16()
        const id = r.u16()
        return { type: 'controller', max_len: maxLen, reason: reasonOf(r.u8(), offset), id }
      },
    }),
    nicira(37, { encode: writeProperties, decode: readProperties }),
  ],
  choose: (a) => (isPlainController(a) ? 0 : 1),
  parse: (arg) => parseController(arg),
  format(a) {
    if (isPlainController(a) && a.reason === 'action' && a.id === 0) return `CONTROLLER:${a.max_len}`
    const parts: string[] = []
    if (a.reason !== 'action') parts.push(`reason=${a.reason}`)
    if (a.max_len !== WHOLE_PACKET) parts.push(`max_len=${a.max_len}`)
    if (a.id !== 0) parts.push(`id=${a.id}`)
    if (a.userdata !== undefined && a.userdata.length > 0) parts.push(`userdata=${formatHexBytes(a.userdata)}`)
    if (a.pause === true) parts.push('pause')
    if (a.meter_id !== undefined) parts.push(`meter_id=${a.meter_id}`)
    return `controller(${parts.join(',')})`
  },
})

/** `01.02.ff` */
export const formatHexBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('.')

/** Pairs of hex digits with optional dots between. @throws TextError */
export function parseHexBytes(text: string, what: string): Uint8Array {
  const digits = text.replace(/\.(?=[0-9a-fA-F]{2})/g, '')
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits)) throw new TextError(`bad hex digit in ${what}`)
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

function parseController(arg: string): Action {
  if (arg === '' || /^[0-9]+$/.test(arg)) {
    return output(PORTS.CONTROLLER, arg === '' ? WHOLE_PACKET : parseUint(arg, WHOLE_PACKET, 'max_len'))
  }
  let a: ControllerAction = { type: 'controller', max_len: WHOLE_PACKET, reason: 'action', id: 0 }
  for (const { key, value } of scanKeyValues(arg)) {
    if (key === 'reason') {
      const reason = CONTROLLER_REASONS.find((name) => name === value)
      if (reason === undefined) throw new TextError(`unknown reason "${value}"`)
      a = { ...a, reason }
    } else if (key === 'max_len') a = { ...a, max_len: parseUint(value, 0xffff, 'max_len') }
    else if (key === 'id') a = { ...a, id: parseUint(value, 0xffff, 'id') }
    else if (key === 'userdata') a = { ...a, userdata: parseHexBytes(value, "`controller' action `userdata'") }
    else if (key === 'pause') a = { ...a, pause: true }
    else if (key === 'meter_id') a = { ...a, meter_id: parseUint(value, 0xffffffff, 'meter_id') }
    else throw new TextError(`unknown key "${key}" parsing controller action`)
  }
  return isPlainController(a) && a.reason === 'action' && a.id === 0 ? output(PORTS.CONTROLLER, a.max_len) : a
}
