import { DecodeError } from '../../errors.js'
import { match } from '../../match/match.js'
import { type Match, termOf } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF12, OF13 } from '../../version.js'
import { type Layout, mapped, optional, pad, rest, type Scope, u16, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { byForm, byVersion, since } from '../versions.js'
import { struct } from '../struct.js'
import { metadataMatch, metadataNxm } from './metadata.js'
import { packetIn2 } from './packet-in2.js'
import { PACKET_IN_REASONS, type PacketInReason } from './packet-reasons.js'
import { NO_BUFFER } from './parts.js'
import { portNumber } from './port-number.js'

/** A packet for the controller. */
export interface PacketIn {
  readonly buffer_id?: number
  /** Bytes of the whole packet, of which `data` may be the first ones. */
  readonly total_len: number
  readonly reason: PacketInReason | number
  readonly table_id: number
  /** Cookie of the flow that sent it; 2^64 - 1 where that is not said. */
  readonly cookie?: bigint
  /** The packet's metadata: in_port, tun_id, registers ... */
  readonly match: Match
  readonly data: Uint8Array
  /** OpenFlow 1.1. */
  readonly in_phy_port?: number
  /** NXT_PACKET_IN2: what the action `controller` gave. */
  readonly userdata?: Uint8Array
  /** NXT_PACKET_IN2: properties that say how the packet goes on; to be given back in a RESUME as they are. */
  readonly continuation?: Uint8Array
}

const NO_COOKIE = 0xffffffffffffffffn

const packetInReason = nameOrNumber(u8, PACKET_IN_REASONS)

const portOf = (metadata: Match): number => Number(termOf(metadata, 'in_port')?.[0] ?? PORTS.ANY)

/** Older forms know of a packet's metadata no more than where it came in. */
const withInPort = <T extends { readonly in_port: number }>(
  layout: Layout<T>,
): Layout<Omit<T, 'in_port'> & { readonly match: Match }> =>
  mapped(
    layout,
    ({ in_port, ...others }) => ({ ...others, match: match({ in_port }) }),
    ({ match: metadata, ...others }: Omit<T, 'in_port'> & { readonly match: Match }) =>
      ({ ...others, in_port: portOf(metadata) }) as unknown as T,
  )

const packetIn10: Layout<PacketIn> = mapped(
  withInPort(
    struct({
      buffer_id: optional(u32, NO_BUFFER),
      total_len: u16,
      in_port: portNumber,
      reason: packetInReason,
      _1: pad(1),
      data: rest,
    }),
  ),
  (m) => ({ ...m, table_id: 0, cookie: NO_COOKIE }),
  (m: PacketIn) => m,
)

const packetIn11: Layout<PacketIn> = mapped(
  withInPort(
    struct({
      buffer_id: optional(u32, NO_BUFFER),
      in_port: portNumber,
      in_phy_port: optional(u32, PORTS.ANY),
      total_len: u16,
      reason: packetInReason,
      table_id: u8,
      data: rest,
    }),
  ),
  (m) => ({ ...m, cookie: NO_COOKIE }),
  (m: PacketIn) => ({ ...m, in_phy_port: m.in_phy_port ?? portOf(m.match) }),
)

const packetIn12: Layout<PacketIn> = struct({
  buffer_id: optional(u32, NO_BUFFER),
  total_len: u16,
  reason: packetInReason,
  table_id: u8,
  cookie: since(OF13, u64, NO_COOKIE),
  match: metadataMatch,
  _1: pad(2),
  data: rest,
})

const nxPacketInHead = struct({
  buffer_id: optional(u32, NO_BUFFER),
  total_len: u16,
  reason: packetInReason,
  table_id: u8,
  cookie: optional(u64, NO_COOKIE),
})
const MATCH_PADDING = 6

/** NXT_PACKET_IN: the length of the match (without a header of its own) stands before it. */
const nxPacketIn: Layout<PacketIn> = {
  write(w, m, scope) {
    nxPacketInHead.write(w, m, scope)
    const at = w.length
    w.zeros(2 + MATCH_PADDING)
    const start = w.length
    metadataNxm.write(w, m.match, scope)
    w.patch16(at, w.length - start)
    w.alignFrom(start, 8)
    w.zeros(2)
    w.bytes(m.data)
  },
  read(r, scope) {
    const head = nxPacketInHead.read(r, scope)
    const length = r.u16()
    r.skip(MATCH_PADDING)
    const fields = takeMatch(r, length, scope)
    r.skip(2)
    return { ...head, match: fields, data: rest.read(r, scope) }
  },
}

type Source = Parameters<Layout<unknown>['read']>[0]

function takeMatch(r: Source, length: number, scope: Scope): Match {
  const { offset } = r
  const padded = Math.ceil(length / 8) * 8
  if (padded > r.remaining) throw new DecodeError(`match of ${length} bytes`, { offset, reply: 'OFPBMC_BAD_LEN' })
  const all = r.slice(padded)
  return metadataNxm.read(all.slice(length), scope)
}

/** All forms of packet-ins. */
export const packetIn = byForm<PacketIn>(
  { NXT_PACKET_IN: nxPacketIn, NXT_PACKET_IN2: packetIn2 },
  byVersion([OF10, packetIn10], [OF11, packetIn11], [OF12, packetIn12]),
)
