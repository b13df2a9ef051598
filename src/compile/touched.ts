import { type Flow, flowKey, sameFlow } from 'openflow-ts'
import type { HostState } from './host-state.js'
import { type HostDelta, queueKey, type UnitOutput } from './wanted.js'

/** The change of one host while units are replaced: what each touched flow, port and meter was before. */
export class Touched {
  readonly #host: string
  readonly #state: HostState
  readonly #flows = new Map<string, Flow | undefined>()
  readonly #ports = new Map<string, string | undefined>()
  readonly #meters = new Map<number, string | undefined>()
  readonly #qos = new Map<string, string | undefined>()
  readonly #queues = new Map<string, string | undefined>()

  constructor(host: string, state: HostState) {
    this.#host = host
    this.#state = state
  }

  remove(output: UnitOutput): void {
    this.#note(output)
    this.#state.remove(output)
  }

  add(output: UnitOutput): void {
    this.#note(output)
    this.#state.add(output)
  }

  delta(revision: number): HostDelta | undefined {
    const flows: Flow[] = []
    const deletedFlows: Flow[] = []
    for (const [key, before] of this.#flows) {
      const after = this.#state.flows.get(key)
      if (after === undefined) {
        if (before !== undefined) deletedFlows.push(before)
      } else if (before === undefined || !sameFlow(before, after)) flows.push(after)
    }
    const ports = changed(this.#ports, (name) => this.#state.sharedPorts.text(name))
    const meters = changed(this.#meters, (id) => this.#state.sharedMeters.text(id))
    const queues = changed(this.#queues, (key) => this.#state.sharedQueues.text(key))
    const qos = [
      ...new Set([
        ...changed(this.#qos, (port) => this.#state.sharedQos.text(port)),
        ...queues.map((key) => key.slice(0, key.lastIndexOf(' '))),
      ]),
    ]
    if (flows.length + deletedFlows.length + ports.length + meters.length + qos.length === 0) return undefined
    return { host: this.#host, revision, flows, deletedFlows, ports, meters, qos }
  }

  #note({ flows, ports, meters, qos, queues }: UnitOutput): void {
    for (const flow of flows) {
      const key = flowKey(flow)
      if (!this.#flows.has(key)) this.#flows.set(key, this.#state.flows.get(key))
    }
    for (const { name } of ports) noteOnce(this.#ports, name, this.#state.sharedPorts.text(name))
    for (const { meter_id } of meters) noteOnce(this.#meters, meter_id, this.#state.sharedMeters.text(meter_id))
    for (const { port } of qos) noteOnce(this.#qos, port, this.#state.sharedQos.text(port))
    for (const queue of queues) noteOnce(this.#queues, queueKey(queue), this.#state.sharedQueues.text(queueKey(queue)))
  }
}

function noteOnce<K>(before: Map<K, string | undefined>, key: K, text: string | undefined): void {
  if (!before.has(key)) before.set(key, text)
}

function changed<K>(before: ReadonlyMap<K, string | undefined>, now: (key: K) => string | undefined): K[] {
  return [...before].filter(([key, text]) => text !== now(key)).map(([key]) => key)
}
