import { type Flow, flowKey, type Meter } from 'openflow-ts'
import { ContractError } from '../../flows/verify.js'
import { type HostWanted, queueKey, type UnitOutput, type WantedPort, type WantedQos, type WantedQueue } from './wanted.js'

/** Things that several units may want at once, the same each: there as long as one does. */
class Shared<K, V> {
  readonly all = new Map<K, V>()
  readonly #users = new Map<K, number>()

  add(key: K, value: V): void {
    this.all.set(key, value)
    this.#users.set(key, (this.#users.get(key) ?? 0) + 1)
  }

  remove(key: K): void {
    const users = (this.#users.get(key) ?? 0) - 1
    if (users > 0) {
      this.#users.set(key, users)
      return
    }
    this.#users.delete(key)
    this.all.delete(key)
  }

  /** For comparison of a value before and after. */
  text(key: K): string | undefined {
    const value = this.all.get(key)
    return value === undefined ? undefined : JSON.stringify(value)
  }
}

/** The wanted state of one host as the sum of its units. A port or meter may be wanted by several; a flow by one alone. */
export class HostState implements HostWanted {
  readonly #flows = new Map<string, Flow>()
  readonly sharedPorts = new Shared<string, WantedPort>()
  readonly sharedMeters = new Shared<number, Meter>()
  readonly sharedQos = new Shared<string, WantedQos>()
  readonly sharedQueues = new Shared<string, WantedQueue>()

  get flows(): ReadonlyMap<string, Flow> {
    return this.#flows
  }

  get ports(): ReadonlyMap<string, WantedPort> {
    return this.sharedPorts.all
  }

  get meters(): ReadonlyMap<number, Meter> {
    return this.sharedMeters.all
  }

  get qos(): ReadonlyMap<string, WantedQos> {
    return this.sharedQos.all
  }

  get queues(): ReadonlyMap<string, WantedQueue> {
    return this.sharedQueues.all
  }

  /** Throws ContractError where another unit has the same flow: which of the two acts would be chance. */
  add({ flows, ports, meters, qos, queues }: UnitOutput): void {
    for (const flow of flows) this.#addFlow(flow)
    for (const port of ports) this.sharedPorts.add(port.name, port)
    for (const meter of meters) this.sharedMeters.add(meter.meter_id, meter)
    for (const one of qos) this.sharedQos.add(one.port, one)
    for (const queue of queues) this.sharedQueues.add(queueKey(queue), queue)
  }

  remove({ flows, ports, meters, qos, queues }: UnitOutput): void {
    for (const flow of flows) this.#flows.delete(flowKey(flow))
    for (const { name } of ports) this.sharedPorts.remove(name)
    for (const { meter_id } of meters) this.sharedMeters.remove(meter_id)
    for (const { port } of qos) this.sharedQos.remove(port)
    for (const queue of queues) this.sharedQueues.remove(queueKey(queue))
  }

  #addFlow(flow: Flow): void {
    const key = flowKey(flow)
    const other = this.#flows.get(key)
    if (other !== undefined) {
      throw new ContractError(
        `units ${other.cookie.toString(16)} and ${flow.cookie.toString(16)} both write flow ${key}`,
      )
    }
    this.#flows.set(key, flow)
  }
}
