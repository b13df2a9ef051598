import type { Underlay } from '../model/mtu.js'
import { type Clock, systemClock } from './worker.js'

/**
 * Whether the underlay between hosts carries what it should: a small frame and one of full size go through the tunnel from
 * one host to another, whose pipeline hands them to us. An underlay that drops big frames lets connections begin and hang.
 */

/** Where frames of probes go, and how. */
export interface ProbePath {
  readonly from: string
  readonly to: string
  /** Bytes of an inner packet, without its Ethernet header, that fill the underlay's MTU. */
  readonly mtu: number
  /** Sends a frame from the one host into the tunnel to the other; false: it cannot at the moment. */
  send(frame: Uint8Array): boolean
}

export interface UnderlayProberOptions {
  /** Between two rounds, in milliseconds; 0: never. In a round, every host probes one other. */
  readonly intervalMs: number
  readonly hosts: () => readonly string[]
  /** Undefined: there is no tunnel between them, or one of them is not connected. */
  readonly path: (from: string, to: string) => ProbePath | undefined
  readonly clock?: Clock
}

/** The first packets of a new neighbour may be lost to its address resolution, and any to chance. */
const ATTEMPTS = 3
const TIMEOUT_MS = 2_000

const SMALL = 46
const ETHERNET_HEADER = 14
/** IEEE's for local experiments: no host makes anything of it. */
const ETH_TYPE = 0x88b5
const MAGIC = Buffer.from('heddle probe')

interface Pending {
  readonly arrived: Set<'small' | 'full'>
}

export class UnderlayProber {
  readonly #options: UnderlayProberOptions
  readonly #clock: Clock
  readonly #pending = new Map<number, { readonly probe: Pending; readonly size: 'small' | 'full'; readonly to: string }>()
  readonly #problems = new Map<string, Map<string, string>>()
  #timer: { cancel(): void } | undefined
  #round = 0
  #lastId = 0

  constructor(options: UnderlayProberOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#schedule()
  }

  close(): void {
    this.#timer?.cancel()
  }

  /** What is wrong between the host and others that it sends to. */
  problems(host: string): string[] {
    return [...(this.#problems.get(host)?.values() ?? [])]
  }

  /** A packet that a host handed to us; true when it was a probe. */
  take(host: string, data: Uint8Array): boolean {
    const frame = Buffer.from(data.buffer, data.byteOffset, data.length)
    const payload = frame.subarray(ETHERNET_HEADER)
    if (payload.length < MAGIC.length + 4 || !payload.subarray(0, MAGIC.length).equals(MAGIC)) return false
    const sent = this.#pending.get(payload.readUInt32BE(MAGIC.length))
    if (sent?.to === host) sent.probe.arrived.add(sent.size)
    return true
  }

  #schedule(): void {
    const { intervalMs } = this.#options
    if (intervalMs === 0) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#begin()
      this.#schedule()
    }, intervalMs)
  }

  #begin(): void {
    const hosts = this.#options.hosts()
    this.#round++
    for (const [host, known] of this.#problems) {
      for (const peer of known.keys()) if (!hosts.includes(peer)) known.delete(peer)
      if (!hosts.includes(host)) this.#problems.delete(host)
    }
    if (hosts.length < 2) return
    const step = 1 + (this.#round % (hosts.length - 1))
    hosts.forEach((from, i) => {
      const to = hosts[(i + step) % hosts.length]
      if (to !== undefined) this.#attempt(from, to, 1)
    })
  }

  #attempt(from: string, to: string, attempt: number): void {
    const path = this.#options.path(from, to)
    const probe: Pending = { arrived: new Set() }
    if (path === undefined || !this.#send(path, probe, 'small') || !this.#send(path, probe, 'full')) return
    this.#clock.setTimeout(() => {
      for (const [id, { probe: other }] of this.#pending) if (other === probe) this.#pending.delete(id)
      if (probe.arrived.has('full')) this.#problems.get(from)?.delete(to)
      else if (attempt < ATTEMPTS) this.#attempt(from, to, attempt + 1)
      else this.#note(path, probe)
    }, TIMEOUT_MS)
  }

  #send(path: ProbePath, probe: Pending, size: 'small' | 'full'): boolean {
    const id = (this.#lastId = (this.#lastId + 1) >>> 0)
    this.#pending.set(id, { probe, size, to: path.to })
    return path.send(frameOf(id, size === 'small' ? SMALL : path.mtu))
  }

  #note({ from, to, mtu }: ProbePath, { arrived }: Pending): void {
    const known = this.#problems.get(from) ?? new Map<string, string>()
    this.#problems.set(from, known)
    const text = arrived.has('small')
      ? `the underlay drops packets of ${mtu} bytes to host ${to}, but not small ones: its MTU is lower than underlayMtu says`
      : `nothing that is sent into the tunnel to host ${to} arrives`
    known.set(to, text)
  }
}

/** Bytes of the inner packet, as `mtu` counts them, follow the Ethernet header. */
function frameOf(id: number, size: number): Buffer {
  const frame = Buffer.alloc(ETHERNET_HEADER + size)
  frame.writeUIntBE(0x0248_0000_0002, 0, 6)
  frame.writeUIntBE(0x0248_0000_0003, 6, 6)
  frame.writeUInt16BE(ETH_TYPE, 12)
  MAGIC.copy(frame, ETHERNET_HEADER)
  frame.writeUInt32BE(id, ETHERNET_HEADER + MAGIC.length)
  return frame
}

/** The smaller MTU of both ends, with the header that the receiver's address asks for. */
export function sharedUnderlay(from: Underlay, to: Underlay): Underlay {
  return { mtu: Math.min(from.mtu, to.mtu), family: to.family }
}
