import type { Action } from '../../action/types.js'
import { DecodeError } from '../../errors.js'
import { match } from '../../match/match.js'
import { type Match, termOf } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF15 } from '../../version.js'
import { type Layout, mapped, optional, rest, u32 } from '../layout.js'
import { byVersion } from '../versions.js'
import { struct } from '../struct.js'
import { metadataMatch } from './metadata.js'
import { actionsToEnd, counted, NO_BUFFER } from './parts.js'
import { portNumber } from './port-number.js'

export interface PacketOut {
  readonly buffer_id?: number
  /** Where the packet is said to come from: a port, PORTS.CONTROLLER ... */
  readonly in_port: number
  /** OpenFlow 1.5: all of the packet's metadata, `in_port` included, where that is not enough. */
  readonly match?: Match
  readonly actions: readonly Action[]
  readonly data: Uint8Array
}

/** Reserved ports from which a packet may be said to come. */
const SOURCES: readonly number[] = [PORTS.LOCAL, PORTS.NONE, PORTS.CONTROLLER]

function checkSource(out: PacketOut): PacketOut {
  if (out.in_port >= PORTS.MAX && !SOURCES.includes(out.in_port)) {
    throw new DecodeError(`packet from port ${out.in_port}`, { offset: 0, reply: 'OFPBRC_BAD_PORT' })
  }
  return out
}

const checked = (layout: Layout<PacketOut>): Layout<PacketOut> => mapped(layout, checkSource, (out: PacketOut) => out)

const packetOut = (gap: number): Layout<PacketOut> =>
  checked(
    struct({
      buffer_id: optional(u32, NO_BUFFER),
      in_port: portNumber,
      actions: counted(actionsToEnd, gap, 'OFPBRC_BAD_LEN'),
      data: rest,
    }),
  )

interface WirePacketOut15 {
  readonly buffer_id: number
  readonly match: Match
  readonly actions: readonly Action[]
  readonly data: Uint8Array
}

/** In 1.5 the length of the actions stands before the match, the actions behind it. */
const wirePacketOut15: Layout<WirePacketOut15> = {
  write(w, value, scope) {
    u32.write(w, value.buffer_id, scope)
    const at = w.length
    w.u32(0)
    metadataMatch.write(w, value.match, scope)
    const start = w.length
    actionsToEnd.write(w, value.actions, scope)
    w.patch16(at, w.length - start)
    w.bytes(value.data)
  },
  read(r, scope) {
    const buffer_id = r.u32()
    const length = r.u16()
    r.skip(2)
    const metadata = metadataMatch.read(r, scope)
    if (termOf(metadata, 'in_port') === undefined) {
      throw new DecodeError('no in_port', { offset: r.offset, reply: 'OFPBRC_BAD_PORT' })
    }
    const actions = actionsToEnd.read(r.slice(length), scope)
    return { buffer_id, match: metadata, actions, data: rest.read(r, scope) }
  },
}

const packetOut15: Layout<PacketOut> = mapped(
  wirePacketOut15,
  (out) => ({ ...out, in_port: Number(termOf(out.match, 'in_port')?.[0] ?? PORTS.ANY) }),
  ({ buffer_id = NO_BUFFER, in_port, match: metadata = match({ in_port }), actions, data }: PacketOut) => ({
    buffer_id,
    match: metadata,
    actions,
    data,
  }),
)

/** OFPT_PACKET_OUT. */
export const packetOutLayout = byVersion<PacketOut>(
  [OF10, packetOut(0)],
  [OF11, packetOut(6)],
  [OF15, checked(packetOut15)],
)
