import { DecodeError } from '../../errors.js'
import { OF10, OF14 } from '../../version.js'
import { type Layout, optional, pad, rest, tuple, u16, u32, u64, u8 } from '../layout.js'
import { choice, nameOrNumber } from '../names.js'
import { byForm, byVersion } from '../versions.js'
import { struct } from '../struct.js'
import { ROLES } from './symmetric.js'

const noProperties: Uint8Array = new Uint8Array()

/** Why the role of a controller changed (OFPCRR_*). */
export const ROLE_REASONS = { primary_request: 0, configuration_changed: 1, experimenter_data_changed: 2 } as const

/** OFPT_ROLE_STATUS, and ONF's extension for 1.3. */
export const roleStatus = struct({
  role: choice(u32, ROLES, 'OFPRRFC_BAD_ROLE'),
  reason: nameOrNumber(u8, ROLE_REASONS),
  _1: pad(3),
  generation_id: optional(u64, 0xffffffffffffffffn),
  properties: optional(rest, noProperties),
})

/** NXT_SET_CONTROLLER_ID: the number by which `controller(id=...)` means this connection. */
export const setControllerId = struct({ _1: pad(6), controller_id: u16 })

/** Forms of packet-in messages (NXPIF_*). */
export const PACKET_IN_FORMATS = { standard: 0, nxt_packet_in: 1, nxt_packet_in2: 2 } as const

/** NXT_SET_PACKET_IN_FORMAT: the form of packet-ins from here on. */
export const setPacketInFormat = struct({ format: choice(u32, PACKET_IN_FORMATS, 'OFPBRC_EPERM') })

/** Messages that a switch sends of its own accord, with the reasons that it may have to (bits that are allowed). */
export const ASYNC_EVENTS = {
  packet_in: { of10: 0x7, of14: 0x3f },
  port_status: { of10: 0x7, of14: 0x7 },
  flow_removed: { of10: 0x3f, of14: 0x3f },
  role_status: { of10: 0x7, of14: 0x7 },
  table_status: { of10: 0x18, of14: 0x18 },
  requestforward: { of10: 0x3, of14: 0x3 },
} as const

export type AsyncEvent = keyof typeof ASYNC_EVENTS
export type AsyncRole = 'primary' | 'secondary'

/** The reasons (bits) for which a controller of that role gets the message. */
export interface AsyncMask {
  readonly event: AsyncEvent
  readonly role: AsyncRole
  readonly mask: number
}

export interface AsyncConfig {
  readonly masks: readonly AsyncMask[]
  /** Experimenter's properties of a reply, which are not understood. */
  readonly other_properties?: readonly Uint8Array[]
}

const EVENTS = Object.keys(ASYNC_EVENTS) as AsyncEvent[]
const LEGACY_EVENTS = ['packet_in', 'port_status', 'flow_removed'] as const

const allowedBits = (event: AsyncEvent, version: number): number =>
  version >= OF14 ? ASYNC_EVENTS[event].of14 : ASYNC_EVENTS[event].of10

const legacyWords = tuple(LEGACY_EVENTS.length * 2, u32)

/** Fixed masks of the first three events, for the primary and then for secondaries. */
const legacyAsync: Layout<AsyncConfig> = {
  write(w, { masks }, scope) {
    const words = LEGACY_EVENTS.flatMap((event) =>
      (['primary', 'secondary'] as const).map(
        (role) => masks.find((one) => one.event === event && one.role === role)?.mask ?? 0,
      ),
    )
    legacyWords.write(w, words, scope)
  },
  read(r, scope) {
    const words = legacyWords.read(r, scope)
    const masks = words.map((mask, i) => ({
      event: LEGACY_EVENTS[i >> 1] ?? 'packet_in',
      role: i % 2 === 0 ? ('primary' as const) : ('secondary' as const),
      mask,
    }))
    return { masks }
  },
}

const FIRST_EXPERIMENTER = 0xfffe
const PROPERTY_BYTES = 8

/** The property's bytes without padding, and what is wrong with it otherwise. */
function takeProperty(r: Parameters<Layout<unknown>['read']>[0]): { offset: number; type: number; raw: Buffer } {
  const { offset } = r
  const bad = (): DecodeError => new DecodeError('property of a bad length', { offset, reply: 'OFPBPC_BAD_LEN' })
  if (r.remaining < 4) throw bad()
  const head = r.bytes(4)
  const length = head.readUInt16BE(2)
  const padded = Math.ceil(length / 8) * 8
  if (length < 4 || padded - 4 > r.remaining) throw bad()
  const raw = Buffer.concat([head, r.bytes(padded - 4).subarray(0, length - 4)])
  return { offset, type: head.readUInt16BE(0), raw }
}

/** What a switch answers to a property that it does not know. */
function unknownReply(type: number, raw: Buffer): string {
  if (type < FIRST_EXPERIMENTER) return 'OFPACFC_UNSUPPORTED'
  if (raw.length < 12) return 'OFPBPC_BAD_LEN'
  return raw.readUInt32BE(4) === 0 ? 'OFPBPC_BAD_EXPERIMENTER' : 'OFPBPC_BAD_EXP_TYPE'
}

/** A list of masks by type. A reply may have what is not known; who sets something must know what. */
const asyncProperties = (loose: boolean): Layout<AsyncConfig> => ({
  write(w, { masks, other_properties = [] }) {
    for (const { event, role, mask } of masks) {
      w.u16(EVENTS.indexOf(event) * 2 + (role === 'primary' ? 1 : 0))
      w.u16(PROPERTY_BYTES)
      w.u32(mask)
    }
    for (const raw of other_properties) {
      const start = w.length
      w.bytes(raw)
      w.alignFrom(start, 8)
    }
  },
  read(r, { version }) {
    const masks: AsyncMask[] = []
    const others: Uint8Array[] = []
    while (r.remaining > 0) {
      const { offset, type, raw } = takeProperty(r)
      const event = EVENTS[type >> 1]
      const reply = event === undefined ? unknownReply(type, raw) : raw.length === PROPERTY_BYTES ? '' : 'OFPBPC_BAD_LEN'
      if (reply === 'OFPBPC_BAD_LEN' || reply === 'OFPBPC_BAD_EXPERIMENTER' || (reply !== '' && !loose)) {
        throw new DecodeError(`property ${type}`, { offset, reply })
      }
      if (event === undefined) {
        others.push(raw)
        continue
      }
      const mask = raw.readUInt32BE(4)
      if (!loose && (mask & ~allowedBits(event, version)) !== 0) {
        throw new DecodeError(`${event}: unknown reasons`, { offset, reply: 'OFPACFC_INVALID' })
      }
      masks.push({ event, role: type % 2 === 1 ? 'primary' : 'secondary', mask })
    }
    return { masks, ...(others.length > 0 && { other_properties: others }) }
  },
})

/** OFPT_SET_ASYNC and Nicira's two extensions. */
export const setAsyncConfig = byForm<AsyncConfig>(
  { NXT_SET_ASYNC_CONFIG: legacyAsync, NXT_SET_ASYNC_CONFIG2: asyncProperties(false) },
  byVersion([OF10, legacyAsync], [OF14, asyncProperties(false)]),
)

/** OFPT_GET_ASYNC_REPLY. */
export const getAsyncReply = byVersion<AsyncConfig>([OF10, legacyAsync], [OF14, asyncProperties(true)])

/** The masks of a configuration with the bits that have a meaning, 0 where it says nothing. */
export function asyncMask({ masks }: AsyncConfig, event: AsyncEvent, role: AsyncRole, version: number): number {
  const found = masks.findLast((one) => one.event === event && one.role === role)
  return (found?.mask ?? 0) & allowedBits(event, version)
}
