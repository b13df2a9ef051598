import { Connections, type CtEffect, type CtModel, type CtVerdict, type Packet } from 'openflow-ts'

/** What a host's connection tracking has of one connection: in which zones, and with what marks. */
export interface Tracked {
  readonly key: string
  readonly entries: readonly TrackedEntry[]
}

export interface TrackedEntry {
  readonly zone: number
  readonly mark: number
  readonly label: bigint
}

export const UNTRACKED: Tracked = { key: '', entries: [] }

/** @param entries by zone */
export function trackedOf(entries: readonly TrackedEntry[]): Tracked {
  if (entries.length === 0) return UNTRACKED
  return { key: entries.map(({ zone, mark, label }) => `${zone} ${mark} ${label}`).join(), entries }
}

/** Tracking for packets of one connection, that tells afterwards what of it was committed. */
export class OneConnection implements CtModel {
  readonly #connections = new Connections()
  readonly #entries = new Map<number, TrackedEntry>()
  readonly #packet: Packet
  /** Something else than the packet's own connection was committed: addresses or ports had been rewritten. */
  strange = false

  /** @param begun by a packet with the ends of `packet` exchanged */
  constructor(packet: Packet, begun: Tracked) {
    this.#packet = packet
    const first = withEndsExchanged(packet)
    for (const entry of begun.entries) this.#connections.add(entry.zone, first, entry)
  }

  track(ct: CtEffect): readonly CtVerdict[] {
    const verdicts = this.#connections.track(ct)
    if (ct.commit !== undefined) {
      const { mark = 0, label = 0n } = verdicts[0] ?? {}
      this.#entries.set(ct.zone, { zone: ct.zone, mark, label })
      if (!sameEnds(ct.packet, this.#packet)) this.strange = true
    }
    return verdicts
  }

  get tracked(): Tracked {
    const entries = [...this.#entries.values()].sort((a, b) => a.zone - b.zone)
    return trackedOf(entries)
  }
}

/** What names a connection; an ICMP type stands where others have a port. */
const ENDS = ['nw_proto', 'nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'tcp_src', 'tcp_dst'] as const

function sameEnds(a: Packet, b: Packet): boolean {
  return ENDS.every((field) => a.get(field) === b.get(field))
}

function withEndsExchanged(packet: Packet): Packet {
  const other = packet.clone()
  other.set('nw_src', packet.get('nw_dst')).set('nw_dst', packet.get('nw_src'))
  other.set('ipv6_src', packet.get('ipv6_dst')).set('ipv6_dst', packet.get('ipv6_src'))
  return other.set('tcp_src', packet.get('tcp_dst')).set('tcp_dst', packet.get('tcp_src'))
}
