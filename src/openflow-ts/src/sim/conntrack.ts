import { TextError } from '../errors.js'
import { CT_STATE_NAMES, parseFlags } from '../text/flags.js'
import type { CtEffect } from './result.js'
import type { Packet } from './packet.js'

/** Bits of ct_state. */
export const CT_STATES = { new: 1, est: 2, rel: 4, rpl: 8, inv: 16, trk: 32, snat: 64, dnat: 128 } as const

/** One way in which connection tracking may see a packet; fields that are absent are zero. */
export interface CtVerdict {
  readonly ct_state: number
  readonly mark?: number
  readonly label?: bigint
}

/**
 * Connection tracking as far as a trace needs it: all states in which the packet may come back. Of several, each is
 * followed: that is what "unknown" is.
 */
export interface CtModel {
  /** @param resumes the packet comes back; where not, what is returned does not matter */
  track(ct: CtEffect, resumes: boolean): readonly CtVerdict[]
}

/** @throws TextError on what `--ct-next` would not take */
export function parseCtState(text: string): number {
  const { value: bits } = parseFlags({ names: CT_STATE_NAMES, what: 'ct_state' }, text.replaceAll(',', '|'))
  const bad = ctStateProblem(bits)
  if (bad !== undefined) throw new TextError(bad)
  return bits
}

/** Why a state cannot be, of an invalid combination of bits. */
function ctStateProblem(state: number): string | undefined {
  const { new: fresh, est, rel, rpl, inv, trk } = CT_STATES
  if (state !== 0 && (state & trk) === 0) return 'invalid connection state: "trk" is required with other states'
  if ((state & inv) !== 0 && (state & ~(trk | inv)) !== 0) {
    return 'invalid connection state: when "inv" is set, only "trk" can also be set'
  }
  if ((state & fresh) !== 0 && (state & est) !== 0) return 'invalid connection state: "new" and "est" are exclusive'
  if ((state & fresh) !== 0 && (state & rpl) !== 0) return 'invalid connection state: "new" and "rpl" are exclusive'
  return (state & rel) !== 0 && (state & rpl) !== 0 && (state & est) === 0 && (state & fresh) !== 0
    ? 'invalid connection state'
    : undefined
}

const NEW = CT_STATES.trk | CT_STATES.new
const ESTABLISHED = CT_STATES.trk | CT_STATES.est

/** Nothing is known of the connection: it may be new, or established in either direction. */
export const unknownConnections: CtModel = {
  track: () => [{ ct_state: NEW }, { ct_state: ESTABLISHED }, { ct_state: ESTABLISHED | CT_STATES.rpl }],
}

interface Connection {
  readonly mark: number
  readonly label: bigint
}

interface Tuple {
  readonly src: string
  readonly dst: string
  readonly proto: number
}

/** Both ends of a packet's connection; of ICMP the echo's type stands for the direction, so ends have none. */
function tupleOf(packet: Packet): Tuple | undefined {
  const ethType = packet.get('eth_type')
  const proto = packet.get('nw_proto')
  const ports = proto === 6 || proto === 17 || proto === 132
  const end = (address: number | bigint, port: number): string => `${String(address)} ${ports ? port : 0}`
  const [src, dst] = [packet.get('tcp_src'), packet.get('tcp_dst')]
  if (ethType === 0x0800) return { src: end(packet.get('nw_src'), src), dst: end(packet.get('nw_dst'), dst), proto }
  if (ethType === 0x86dd) return { src: end(packet.get('ipv6_src'), src), dst: end(packet.get('ipv6_dst'), dst), proto }
  return undefined
}

const connectionKey = (zone: number, from: string, to: string, proto: number): string =>
  `${zone}|${proto}|${from}|${to}`

/**
 * A table of connections: a packet belongs to the one with its zone, protocol, addresses and ports, in either
 * direction, or starts a new one, which is kept when it is committed. Translation of addresses is not followed.
 */
export class Connections implements CtModel {
  readonly #connections = new Map<string, Connection>()

  /** Enters the connection that this packet begins. */
  add(zone: number, packet: Packet, more: { readonly mark?: number; readonly label?: bigint } = {}): void {
    const tuple = tupleOf(packet)
    if (tuple === undefined) return
    const { src, dst, proto } = tuple
    this.#connections.set(connectionKey(zone, src, dst, proto), { mark: more.mark ?? 0, label: more.label ?? 0n })
  }

  get size(): number {
    return this.#connections.size
  }

  track(ct: CtEffect): readonly CtVerdict[] {
    const { zone, packet, commit } = ct
    const tuple = tupleOf(packet)
    if (tuple === undefined) return [{ ct_state: CT_STATES.trk | CT_STATES.inv }]
    const { src, dst, proto } = tuple
    const forward = connectionKey(zone, src, dst, proto)
    const backward = connectionKey(zone, dst, src, proto)
    const key = this.#connections.has(forward) || !this.#connections.has(backward) ? forward : backward
    const known = this.#connections.get(key)
    const replaced = commit === 'force' && key === backward
    if (commit !== undefined) this.#commit(replaced ? forward : key, replaced ? undefined : known, ct)
    const { mark = 0, label = 0n } = this.#connections.get(key) ?? {}
    if (known === undefined) return [{ ct_state: NEW, mark, label }]
    return [{ ct_state: key === forward ? ESTABLISHED : ESTABLISHED | CT_STATES.rpl, mark, label }]
  }

  #commit(key: string, known: Connection | undefined, { mark, label }: CtEffect): void {
    const before = known ?? { mark: 0, label: 0n }
    this.#connections.set(key, {
      mark: mark === undefined ? before.mark : ((before.mark & ~mark[1]) | mark[0]) >>> 0,
      label: label === undefined ? before.label : (before.label & ~label[1]) | label[0],
    })
  }
}
