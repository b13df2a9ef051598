import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { PORTS } from '../ports.js'
import { formatHexBytes, parseHexBytes } from '../text/hex-bytes.js'
import { strToU16, strToU32 } from '../text/numbers.js'
import { scanKeyValues } from '../text/scan.js'
import { define, nicira } from './spec.js'
import { type Action, CONTROLLER_REASONS, type ControllerAction, type ControllerReason } from './types.js'
import { bad, expectZeros } from './wire-fields.js'

const WHOLE_PACKET = 0xffff
const NO_METER = 0

/** Properties of NXAST_CONTROLLER2. */
const PROP = { max_len: 0, id: 1, reason: 2, userdata: 3, pause: 4, meter_id: 5 } as const

const reasonOf = (code: number): ControllerReason => CONTROLLER_REASONS[code] ?? code
const reasonCode = (reason: ControllerReason): number =>
  typeof reason === 'number' ? reason : CONTROLLER_REASONS.indexOf(reason)

/** Reasons that Open vSwitch keeps to itself have no name in text. */
const UNNAMED_REASONS: readonly number[] = [6, 7]
const reasonText = (reason: ControllerReason): string =>
  typeof reason === 'number' && UNNAMED_REASONS.includes(reason) ? '' : String(reason)

const needsProperties = (a: ControllerAction): boolean =>
  (a.userdata?.length ?? 0) > 0 || a.pause === true || a.meter_id !== undefined

/** One property: `bytes` of value after the type and length, padded to 8. */
function writeProperty(w: Writer, type: number, length: number, value: number | Uint8Array, bytes: number): void {
  const start = w.length
  w.u16(type)
  w.u16(length)
  if (typeof value === 'number') w.uint(value, bytes)
  else w.bytes(value)
  w.alignFrom(start, 8)
}

/** Those with their default value are left out. */
function writeProperties(w: Writer, a: ControllerAction): void {
  w.zeros(6)
  if (a.max_len !== WHOLE_PACKET) writeProperty(w, PROP.max_len, 8, a.max_len, 2)
  if (a.id !== 0) writeProperty(w, PROP.id, 8, a.id, 2)
  if (a.reason !== 'action') writeProperty(w, PROP.reason, 5, reasonCode(a.reason), 1)
  const { userdata, meter_id } = a
  if (userdata !== undefined && userdata.length > 0) {
    writeProperty(w, PROP.userdata, 4 + userdata.length, userdata, userdata.length)
  }
  if (a.pause === true) writeProperty(w, PROP.pause, 4, new Uint8Array(0), 0)
  if (meter_id !== undefined) writeProperty(w, PROP.meter_id, 8, meter_id, 4)
}

/** The value of a property that is one number. */
function propertyNumber(body: Reader, bytes: number): number {
  const offset = body.offset
  if (body.remaining < bytes || (bytes === 4 && body.remaining > 4)) throw bad('a property of another length', offset, 'OFPBPC_BAD_LEN')
  return Number(body.uint(bytes))
}

function readProperties(r: Reader): ControllerAction {
  expectZeros(r, 'NXBRC_MUST_BE_ZERO', 6)
  let action: ControllerAction = {
    type: 'controller',
    max_len: WHOLE_PACKET,
    reason: 'action',
    id: 0,
    form: 'controller2',
  }
  while (r.remaining > 0) {
    const offset = r.offset
    const type = r.u16()
    const length = r.u16()
    const padded = Math.ceil(length / 8) * 8
    if (length < 4 || padded - 4 > r.remaining) throw bad('a property is cut short', offset, 'OFPBPC_BAD_LEN')
    const body = r.slice(length - 4)
    r.skip(padded - length)
    if (type === PROP.max_len) action = { ...action, max_len: propertyNumber(body, 2) }
    else if (type === PROP.id) action = { ...action, id: propertyNumber(body, 2) }
    else if (type === PROP.reason) action = { ...action, reason: reasonOf(propertyNumber(body, 1)) }
    else if (type === PROP.userdata) action = { ...action, userdata: Uint8Array.from(body.bytes(body.remaining)) }
    else if (type === PROP.pause) action = { ...action, pause: true }
    else if (type === PROP.meter_id) action = withMeter(action, propertyNumber(body, 4))
    else throw bad(`controller: unknown property ${type}`, offset, unknownReply(type, body))
  }
  return action
}

const EXPERIMENTER = 0xffff

/** Experimenters' properties have 8 bytes to name them. */
function unknownReply(type: number, body: Reader): string {
  if (type !== EXPERIMENTER) return 'OFPBPC_BAD_TYPE'
  if (body.remaining < 8) return 'OFPBPC_BAD_LEN'
  return body.u32() === 0 ? 'OFPBPC_BAD_EXPERIMENTER' : 'OFPBPC_BAD_EXP_TYPE'
}

function withMeter(action: ControllerAction, meter: number): ControllerAction {
  if (meter !== NO_METER) return { ...action, meter_id: meter }
  const without: { -readonly [K in keyof ControllerAction]: ControllerAction[K] } = { ...action }
  delete without.meter_id
  return without
}

export const controllerSpec = define<ControllerAction>({
  name: 'controller',
  doc: 'Sends the packet to the controllers whose connections have the id `id`, for a reason, with data of the user.',
  syntax:
    'controller(max_len=BYTES,reason=REASON,id=ID,userdata=HEX,pause,meter_id=ID), all of them optional; with none but ' +
    'max_len an output',
  types: ['controller'],
  forms: [
    nicira('CONTROLLER', 20, {
      encode(w, a) {
        w.u16(a.max_len)
        w.u16(a.id)
        w.u8(reasonCode(a.reason))
      },
      decode(r) {
        const maxLen = r.u16()
        const id = r.u16()
        return { type: 'controller', max_len: maxLen, reason: reasonOf(r.u8()), id }
      },
    }),
    nicira('CONTROLLER2', 37, { encode: writeProperties, decode: readProperties }, { longer: true }),
  ],
  choose: (a) => (a.form === 'controller2' || needsProperties(a) ? 1 : 0),
  parse: parseController,
  format(a) {
    if (!needsProperties(a) && a.reason === 'action' && a.id === 0) return `CONTROLLER:${a.max_len}`
    const parts: string[] = []
    if (a.reason !== 'action') parts.push(`reason=${reasonText(a.reason)}`)
    if (a.max_len !== WHOLE_PACKET) parts.push(`max_len=${a.max_len}`)
    if (a.id !== 0) parts.push(`id=${a.id}`)
    if (a.userdata !== undefined && a.userdata.length > 0) parts.push(`userdata=${formatHexBytes(a.userdata)}`)
    if (a.pause === true) parts.push('pause')
    if (a.meter_id !== undefined) parts.push(`meter_id=${a.meter_id}`)
    return `controller(${parts.join(',')})`
  },
})

const KEYS: Readonly<Record<string, (a: ControllerAction, value: string) => ControllerAction>> = {
  reason(a, value) {
    const reason = CONTROLLER_REASONS.find((name) => name === value.toLowerCase())
    if (reason === undefined) throw new TextError(`unknown reason "${value}"`)
    return { ...a, reason }
  },
  max_len: (a, value) => ({ ...a, max_len: strToU16(value, 'max_len') }),
  id: (a, value) => ({ ...a, id: strToU16(value, 'id') }),
  userdata: (a, value) => ({ ...a, userdata: parseHexBytes(value, "`controller' action `userdata'") }),
  pause: (a) => ({ ...a, pause: true }),
  meter_id: (a, value) => withMeter(a, strToU32(value)),
}

function parseController(arg: string): Action {
  let a: ControllerAction = { type: 'controller', max_len: WHOLE_PACKET, reason: 'action', id: 0 }
  if (/^[0-9]+$/.test(arg)) a = { ...a, max_len: strToU16(arg, 'max_len') }
  else {
    for (const { key, value } of scanKeyValues(arg)) {
      const take = KEYS[key]
      if (take === undefined) throw new TextError(`unknown key "${key}" parsing controller action`)
      a = take(a, value)
    }
  }
  const isOutput = a.reason === 'action' && a.id === 0 && a.userdata === undefined && !needsProperties(a)
  return isOutput ? { type: 'output', port: PORTS.CONTROLLER, max_len: a.max_len } : a
}
