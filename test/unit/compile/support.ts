import assert from 'node:assert/strict'
import { type Flow, flowKey, type Meter, sameFlow } from 'openflow-ts'
import { Compiler } from '../../../src/compile/engine.js'
import type { HostDelta, HostWanted, WantedPort, WantedQos, WantedQueue } from '../../../src/compile/wanted.js'
import { IntentView } from '../../../src/intent/view.js'
import type { Store } from '../../../src/store/store.js'

export function compilerOf(store: Store): Compiler {
  return new Compiler(IntentView.of(store, store.revision))
}

/** A host's wanted state as a host would have it that has followed every delta. */
export class Follower {
  readonly flows = new Map<string, Flow>()
  readonly ports = new Map<string, WantedPort>()
  readonly meters = new Map<number, Meter>()
  readonly qos = new Map<string, WantedQos>()
  readonly queues = new Map<string, WantedQueue>()

  /** Throws AssertionError when the delta says of anything that it changed where it did not. */
  apply({ flows, deletedFlows, ports, meters, qos }: HostDelta, wanted: HostWanted): void {
    const keys = [...flows, ...deletedFlows].map(flowKey)
    assert.equal(new Set(keys).size, keys.length, 'each flow once')
    for (const flow of deletedFlows) {
      const before = this.flows.get(flowKey(flow))
      assert(before !== undefined && sameFlow(before, flow), 'what is deleted is as it was')
      this.flows.delete(flowKey(flow))
    }
    for (const flow of flows) {
      const before = this.flows.get(flowKey(flow))
      assert(before === undefined || !sameFlow(before, flow), 'what is written differs')
      this.flows.set(flowKey(flow), flow)
    }
    for (const name of ports) {
      const port = wanted.ports.get(name)
      assert.notDeepEqual(port, this.ports.get(name), `port ${name} differs`)
      if (port === undefined) this.ports.delete(name)
      else this.ports.set(name, port)
    }
    for (const id of meters) {
      const meter = wanted.meters.get(id)
      assert.notDeepEqual(meter, this.meters.get(id), `meter ${id} differs`)
      if (meter === undefined) this.meters.delete(id)
      else this.meters.set(id, meter)
    }
    for (const port of qos) this.#takeQos(port, wanted)
  }

  /** A port's QoS comes and goes with all its queues. */
  #takeQos(port: string, wanted: HostWanted): void {
    const qos = wanted.qos.get(port)
    if (qos === undefined) this.qos.delete(port)
    else this.qos.set(port, qos)
    for (const [key, queue] of this.queues) if (queue.port === port) this.queues.delete(key)
    for (const [key, queue] of wanted.queues) if (queue.port === port) this.queues.set(key, queue)
  }
}

export function assertSameWanted(actual: HostWanted, expected: HostWanted): void {
  assert.deepEqual(sorted(actual.flows), sorted(expected.flows))
  assert.deepEqual(sorted(actual.ports), sorted(expected.ports))
  assert.deepEqual(new Map(actual.meters), new Map(expected.meters))
  assert.deepEqual(sorted(actual.qos), sorted(expected.qos))
  assert.deepEqual(sorted(actual.queues), sorted(expected.queues))
}

function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
