import { DecodeError, TextError } from '../errors.js'
import { PORTS, widenPort } from '../ports.js'
import type { Reader, Writer } from '../binary.js'
import type { TextContext } from '../text/context.js'
import { strToU32 } from '../text/numbers.js'
import { formatPort, portFromText } from '../text/ports.js'
import { scanKeyValues } from '../text/scan.js'
import { formatSubfield, parseSubfield } from '../text/subfield.js'
import { define, nicira, OF10, standard } from './spec.js'
import { checkOutputPort, checkSource } from './state.js'
import type { Action, EnqueueAction, GroupAction, OutputAction, OutputRegAction, OutputTruncAction } from './types.js'
import * as wire from './wire-fields.js'

const WHOLE_PACKET = 0xffff
/** The shortest packet that truncation may make: an Ethernet header. */
const MIN_TRUNC = 14

function expectOutputPort(port: number, offset: number): number {
  const reply = checkOutputPort(port)
  if (reply !== undefined) throw new DecodeError(`no output to port ${port}`, { offset, reply })
  return port
}

/** What `max_len` an output has that does not say it. */
const defaultMaxLen = (port: number): number => (port === PORTS.CONTROLLER ? WHOLE_PACKET : 0)

const output = (port: number, maxLen: number): OutputAction =>
  maxLen === 0 && port !== PORTS.CONTROLLER ? { type: 'output', port } : { type: 'output', port, max_len: maxLen }

export const outputSpec = define<OutputAction>({
  name: 'output',
  doc: 'Sends the packet to a port. `max_len` of the port CONTROLLER bounds how much of it the controller gets.',
  syntax: 'PORT, output:PORT, CONTROLLER, controller:MAX_LEN',
  types: ['output'],
  inActionSet: true,
  forms: [
    standard(
      'OUTPUT',
      0,
      {
        encode(w, a) {
          w.u32(a.port)
          w.u16(a.max_len ?? defaultMaxLen(a.port))
        },
        decode(r) {
          const offset = r.offset
          return output(expectOutputPort(r.u32(), offset), r.u16())
        },
      },
      { bytes: 16 },
    ),
    standard(
      'OUTPUT',
      0,
      {
        encode(w, a) {
          w.u16(a.port & 0xffff)
          w.u16(a.max_len ?? defaultMaxLen(a.port))
        },
        decode(r) {
          const offset = r.offset
          return output(expectOutputPort(widenPort(r.u16()), offset), r.u16())
        },
      },
      { since: OF10, until: OF10 },
    ),
  ],
  parse: (arg, env) => parseOutput(arg, env.ctx),
  format(a, env) {
    const port = formatPort(a.port, env.ctx)
    if (a.port < PORTS.MAX) return `output:${port}`
    return a.port === PORTS.CONTROLLER ? `${port}:${a.max_len ?? WHOLE_PACKET}` : port
  },
  check: (a, state) => checkOutputPort(a.port, state.place.max_ports),
})

function parseOutput(arg: string, ctx: TextContext): Action {
  if (arg.includes('port') && arg.includes('max_len')) return parseTrunc(arg, ctx)
  const port = portFromText(arg, ctx)
  if (port !== undefined) return output(port, defaultMaxLen(port))
  try {
    return { type: 'output_reg', src: parseSubfield(arg), max_len: WHOLE_PACKET }
  } catch (error) {
    if (error instanceof TextError) throw new TextError(`${arg}: output to unknown port`)
    throw error
  }
}

/** `port=P,max_len=N` */
function parseTrunc(arg: string, ctx: TextContext): OutputTruncAction {
  let port = 0
  let maxLen = 0
  for (const { key, value } of scanKeyValues(arg)) {
    if (key === 'port') {
      const given = portFromText(value, ctx)
      if (given === undefined) throw new TextError(`output to unknown truncate port: ${value}`)
      if (given > PORTS.MAX && given !== PORTS.LOCAL && given !== PORTS.IN_PORT) {
        throw new TextError(`output to unsupported truncate port: ${value}`)
      }
      port = given
    } else if (key === 'max_len') {
      maxLen = strToU32(value)
      if (maxLen < MIN_TRUNC) throw new TextError(`max_len ${maxLen} is less than the minimum value ${MIN_TRUNC}`)
    } else throw new TextError(`invalid key '${key}' in output_trunc argument`)
  }
  return { type: 'output_trunc', port, max_len: maxLen }
}

export const outputTruncSpec = define<OutputTruncAction>({
  name: 'output_trunc',
  doc: 'Sends at most `max_len` bytes of the packet to a port.',
  syntax: 'output(port=PORT,max_len=BYTES)',
  types: ['output_trunc'],
  forms: [
    nicira('OUTPUT_TRUNC', 39, {
      encode(w, a) {
        w.u16(a.port & 0xffff)
        w.u32(a.max_len)
      },
      decode(r) {
        const offset = r.offset
        const port = widenPort(r.u16())
        const maxLen = r.u32()
        if (maxLen < MIN_TRUNC) throw wire.bad('output_trunc: too short', offset, 'OFPBAC_BAD_ARGUMENT')
        return { type: 'output_trunc', port, max_len: maxLen }
      },
    }),
  ],
  parse(arg) {
    throw new TextError(`unknown action ${arg}`)
  },
  format: (a, env) => `output(port=${formatPort(a.port, env.ctx)},max_len=${a.max_len})`,
  check: (a, state) => checkOutputPort(a.port, state.place.max_ports),
})

export const outputRegSpec = define<OutputRegAction>({
  name: 'output_reg',
  doc: 'Sends the packet to the port whose number is in a field.',
  syntax: 'output:SUBFIELD',
  types: ['output_reg'],
  forms: [
    nicira(
      'OUTPUT_REG',
      15,
      {
        encode(w, a) {
          w.u16(wire.ofsNbits(a.src))
          wire.writeFieldHeader(w, wire.infoOf(a.src), OF10)
          w.u16(a.max_len)
          w.zeros(6)
        },
        decode(r) {
          const offset = r.offset
          const packed = r.u16()
          const header = r.slice(4)
          const maxLen = r.u16()
          wire.expectZeros(r, 'OFPBAC_BAD_ARGUMENT')
          const src = wire.subfieldOf(wire.readShortHeader(header), wire.ofsOf(packed), wire.nBitsOf(packed), offset)
          return { type: 'output_reg', src, max_len: maxLen }
        },
      },
      { bytes: 24 },
    ),
    nicira(
      'OUTPUT_REG2',
      32,
      {
        encode(w, a) {
          w.u16(wire.ofsNbits(a.src))
          w.u16(a.max_len)
          wire.writeFieldHeader(w, wire.infoOf(a.src), OF10)
        },
        decode(r) {
          const offset = r.offset
          const packed = r.u16()
          const maxLen = r.u16()
          const info = wire.readFieldHeader(r)
          wire.expectZeros(r, 'NXBRC_MUST_BE_ZERO')
          const src = wire.subfieldOf(info, wire.ofsOf(packed), wire.nBitsOf(packed), offset)
          return { type: 'output_reg', src, max_len: maxLen, form: 'output_reg2' }
        },
      },
      { bytes: 24 },
    ),
  ],
  choose: (a) => (a.form === 'output_reg2' || wire.isExperimenter(wire.infoOf(a.src)) ? 1 : 0),
  parse: (arg, env) => parseOutput(arg, env.ctx),
  format: (a) => `output:${formatSubfield(a.src)}`,
  check: (a, state) => checkSource(a.src, state),
})

/** A 32-bit number, the same in both forms of an action. */
const aligned32 = <A extends Action>(read: (value: number) => A, write: (a: A) => number, padding: number) => ({
  encode(w: Writer, a: A): void {
    w.zeros(padding)
    w.u32(write(a))
  },
  decode(r: Reader): A {
    r.skip(padding)
    return read(r.u32())
  },
})

/** A standard action with a number of 32 bits, which OpenFlow 1.0 has as an extension. */
export const forms32 = <A extends Action>(
  name: string,
  codes: { readonly of11: number; readonly nx: number },
  read: (value: number) => A,
  write: (a: A) => number,
) => [
  standard(name, codes.of11, aligned32(read, write, 0)),
  nicira(name, codes.nx, aligned32(read, write, 2), { until: OF10 }),
]

export const groupSpec = define<GroupAction>({
  name: 'group',
  doc: 'Hands the packet to a group.',
  syntax: 'group:ID',
  types: ['group'],
  inActionSet: true,
  forms: forms32(
    'GROUP',
    { of11: 22, nx: 40 },
    (group_id): GroupAction => ({ type: 'group', group_id }),
    (a) => a.group_id,
  ),
  parse: (arg) => ({ type: 'group', group_id: strToU32(arg) }),
  format: (a) => `group:${a.group_id}`,
})

const isEnqueuePort = (port: number, maxPorts: number): boolean =>
  port < Math.min(maxPorts, PORTS.MAX & 0xffff) || port === PORTS.IN_PORT || port === PORTS.LOCAL

export const enqueueSpec = define<EnqueueAction>({
  name: 'enqueue',
  doc: 'Sends the packet to a queue of a port. Later versions than 1.0: set_queue, output and pop_queue.',
  syntax: 'enqueue(PORT,QUEUE), enqueue:PORT:QUEUE',
  types: ['enqueue'],
  forms: [
    standard(
      'ENQUEUE',
      11,
      {
        encode(w, a) {
          w.u16(a.port & 0xffff)
          w.zeros(6)
          w.u32(a.queue_id)
        },
        decode(r) {
          const offset = r.offset
          const port = widenPort(r.u16())
          r.skip(6)
          if (!isEnqueuePort(port, PORTS.MAX)) throw wire.bad(`no queues at port ${port}`, offset, 'OFPBAC_BAD_OUT_PORT')
          return { type: 'enqueue', port, queue_id: r.u32() }
        },
      },
      { since: OF10, until: OF10, bytes: 16 },
    ),
  ],
  lower(a, version) {
    if (version === OF10) return undefined
    return [
      { type: 'set_queue', queue_id: a.queue_id },
      { type: 'output', port: a.port, max_len: WHOLE_PACKET },
      { type: 'pop_queue' },
    ]
  },
  parse(arg, env) {
    const [, portText, queue] = /^[:q,]*([^:q,]+)[:q,](.+)$/s.exec(arg) ?? []
    if (portText === undefined || queue === undefined) {
      throw new TextError('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"')
    }
    const port = portFromText(portText, env.ctx)
    if (port === undefined) throw new TextError(`${portText}: enqueue to unknown port`)
    return { type: 'enqueue', port, queue_id: strToU32(queue) }
  },
  format: (a, env) => `enqueue:${formatPort(a.port, env.ctx)}:${a.queue_id}`,
  check: (a, state) => (isEnqueuePort(a.port, state.place.max_ports) ? undefined : 'OFPBAC_BAD_OUT_PORT'),
})
