import type { Packet, Value } from 'openflow-ts'
import type { Ip } from '../model/address.js'
import { addressOf } from './addresses.js'
import { probePacket, replyTo, sendProbe, type Service } from './probe.js'
import { ALONE, type Ending, endingOf } from './stage.js'
import { type Stages, Way } from './way.js'

/** What becomes of a probe and its reply, as `ProbeResult` tells it, without the ways. */
export interface Trip {
  readonly reaches: boolean
  readonly forward: Ending
  /** Absent where nothing is answered, or where the packet came to another pod than it was sent to. */
  readonly reply?: Ending
}

/** A pod as an end of probes. */
interface End {
  readonly pod: string
  readonly ip: Ip
  readonly host: string
  readonly value: Value
  /** Its probes; undefined: its port has no number. */
  readonly probes: Way | undefined
  /** Its answers; undefined: it gives none. */
  readonly answers: Way | undefined
}

/**
 * Probes of one service between many pods. It comes out as `sendProbe` would tell it, pair by pair; but what a host does
 * with packets that its flows cannot tell apart is worked out once (see `Alike`), and one pair more costs a few look-ups.
 */
export class Trips {
  readonly #stages: Stages
  readonly #service: Service
  readonly #ends = new Map<string, End | undefined>()

  constructor(stages: Stages, service: Service) {
    this.#stages = stages
    this.#service = service
  }

  /** Both ways. Undefined: one of the pods is not there, or has no address of the family. */
  go(from: string, to: string): Trip | undefined {
    const sender = this.#end(from)
    const receiver = this.#end(to)
    if (sender === undefined || receiver === undefined) return undefined
    const sent = this.#send(sender, receiver.ip)
    if (sent === ALONE) return this.#alone(from, to)
    const forward = sent.ending
    if (forward.result !== 'delivered' || forward.pod !== to) return { forward, reaches: false }
    if (receiver.answers === undefined) return { forward, reaches: true }
    const answered = receiver.answers.send(sender.value, sent.tracked)
    if (answered === ALONE) return this.#alone(from, to)
    const reply = answered.ending
    return { forward, reply, reaches: reply.result === 'delivered' && reply.pod === from }
  }

  /** There alone, to an address, whosever it is. */
  forward(from: string, to: Ip): Ending | undefined {
    const sender = this.#end(from)
    if (sender === undefined) return undefined
    const sent = this.#send(sender, to)
    if (sent !== ALONE) return sent.ending
    const probe = { from, to: { address: to }, family: this.#stages.family, service: this.#service }
    return endingOf(sendProbe(this.#stages.fabric, probe)?.forward.verdict)
  }

  #send(sender: End, to: Ip): ReturnType<Way['send']> {
    // A packet to its own source is like no other.
    if (sender.probes === undefined || sender.ip.value === to.value) return ALONE
    const sent = sender.probes.send(valueOf(to))
    return sent !== ALONE && sent.ending.pod === sender.pod ? ALONE : sent
  }

  #alone(from: string, to: string): Trip | undefined {
    const probe = { from, to: { pod: to }, family: this.#stages.family, service: this.#service }
    const result = sendProbe(this.#stages.fabric, probe)
    if (result === undefined) return undefined
    const { forward, reply, reaches } = result
    const there = endingOf(forward.verdict)
    const back = there.pod === to && reply !== undefined ? { reply: endingOf(reply.verdict) } : {}
    return { forward: there, ...back, reaches }
  }

  #end(pod: string): End | undefined {
    if (!this.#ends.has(pod)) this.#ends.set(pod, this.#makeEnd(pod))
    return this.#ends.get(pod)
  }

  #makeEnd(pod: string): End | undefined {
    const { fabric } = this.#stages
    const view = fabric.source.view.pods.get(pod)
    const ip = view && addressOf(view, this.#stages.family)
    if (view === undefined || ip === undefined) return undefined
    const { host } = view.record.spec
    const value = valueOf(ip)
    const entry = fabric.entryOf(pod)
    const packet = probePacket(fabric, { from: pod, to: { address: ip }, family: this.#stages.family, service: this.#service })
    if (entry === undefined || packet === undefined) return { pod, ip, host, value, probes: undefined, answers: undefined }
    const way = (of: Packet): Way => new Way(this.#stages, entry.host, entry.port, of)
    const answer = replyTo(fabric, pod, packet)
    return { pod, ip, host, value, probes: way(packet), answers: answer && way(answer) }
  }
}

/** As packets have it. */
function valueOf({ family, value }: Ip): Value {
  return family === 4 ? Number(value) : value
}
