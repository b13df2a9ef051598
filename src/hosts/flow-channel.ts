import { type Action, type Connection, EncodeError, type Flow, flowKey, flowMod, type FlowStats, type Message, type Meter, PORTS } from 'openflow-ts'
import { TABLES } from '../../flows/index.js'
import type { HostDelta } from '../compile/wanted.js'
import { Channel } from './channel.js'
import { diffFlows } from './diff-flows.js'
import { diffMeters, dumpMeters, fitMeters, meterRoom, sendMeters } from './meters.js'
import type { RawCounters } from './traffic.js'

/** Flow-mods of one bundle at the most: a switch keeps a bundle in memory until the commit. */
const BUNDLE_LIMIT = 20_000

/** Brings flows and meters of one host's br-int to what is wanted, over its OpenFlow connection. */
export class FlowChannel extends Channel {
  #connection: Connection | undefined
  /** Flows changed since the last pass, as they were asked for or last wanted. */
  #pending = new Map<string, Flow>()
  #pendingMeters = new Set<number>()
  /** What the switch has of our meters, as of the last full comparison and all that was sent since. */
  #meters = new Map<number, Meter>()
  /** How many meters the switch takes. */
  #room = Infinity
  #leftOut = 0
  #foreign = 0
  #flowMods = 0

  get connected(): boolean {
    return this.#connection !== undefined
  }

  /** Flows on the switch that are not ours, at the last full comparison. */
  get foreign(): number {
    return this.#foreign
  }

  /** Why some limits are not in force; undefined: all are. */
  get meterProblem(): string | undefined {
    if (this.#leftOut === 0) return undefined
    return `the switch takes ${this.#room} meters: ${this.#leftOut} more are wanted, and what they limit is not limited`
  }

  /** Flow-mods sent since the controller started. */
  get flowMods(): number {
    return this.#flowMods
  }

  attach(connection: Connection): void {
    this.#connection = connection
    this.resync()
  }

  detach(connection: Connection): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.progress.lost()
  }

  /** Flows with these cookies, with their counters; undefined while there is no connection. Throws when it ends. */
  async flowsOf([cookie, cookie_mask]: readonly [bigint, bigint]): Promise<FlowStats[] | undefined> {
    return await this.#connection?.dumpFlows({ cookie, cookie_mask })
  }

  /** Sends a frame out of a port; false: there is no connection, or it is full. */
  sendFrame(data: Uint8Array, actions: readonly Action[]): boolean {
    const connection = this.#connection
    if (connection === undefined || connection.closed) return false
    try {
      connection.send({ type: 'PACKET_OUT', in_port: PORTS.CONTROLLER, actions, data })
      return true
    } catch (error) {
      if (error instanceof EncodeError) throw error
      return false
    }
  }

  /** What the switch has counted; undefined while there is no connection. Throws when it ends. */
  async counters(): Promise<RawCounters | undefined> {
    const connection = this.#connection
    if (connection === undefined) return undefined
    const [ports, queues, meters, uplink] = await Promise.all([
      connection.multipart('PORT_STATS', {}),
      connection.multipart('QUEUE_STATS', {}),
      connection.multipart('METER_STATS', {}),
      connection.dumpFlows({ table_id: TABLES.uplink.id }),
    ])
    return { ports, queues, meters, uplink }
  }

  enqueue(delta: HostDelta): void {
    this.progress.ask(delta.revision)
    if (this.#connection !== undefined) {
      for (const flow of delta.deletedFlows) this.#pending.set(flowKey(flow), flow)
      for (const flow of delta.flows) this.#pending.set(flowKey(flow), flow)
      for (const number of delta.meters) this.#pendingMeters.add(number)
    }
    this.wake()
  }

  protected override async pass(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    const { target } = this.progress
    // Which meters find room may change with every meter, and with them the flows that may name one.
    const full = this.resyncDue || this.#leftOut > 0 || this.wanted.meters.size > this.#room
    const actual = full ? await this.#look(connection) : undefined
    // From here on nothing is awaited until all is worked out: no flow may come in whose meter has not been seen.
    const fitted = fitMeters(this.wanted, this.#room)
    this.#leftOut = fitted.leftOut
    const meters = diffMeters(fitted.meters, this.#meters, full ? undefined : this.#pendingMeters)
    const mods = actual === undefined ? this.#takePending() : this.#compareAll(fitted.flows, actual)
    this.#pendingMeters = new Set()
    await sendMeters(connection, meters.put)
    for (let i = 0; i < mods.length; i += BUNDLE_LIMIT) {
      const part = mods.slice(i, i + BUNDLE_LIMIT)
      this.#flowMods += part.length
      await connection.bundle(part, { atomic: true, ordered: true })
    }
    await sendMeters(connection, meters.remove)
    for (const number of meters.removed) this.#meters.delete(number)
    for (const meter of meters.written) this.#meters.set(meter.meter_id, meter)
    // It may have been replaced while we waited; then the next pass compares with the new one.
    if (connection !== this.#connection) return
    this.confirm(target)
  }

  /** What the switch has. Changes that come meanwhile are seen, and pending again, which does no harm. */
  async #look(connection: Connection): Promise<Flow[]> {
    this.resyncDue = false
    this.#pending.clear()
    this.#room = await meterRoom(connection)
    this.#meters = await dumpMeters(connection)
    return await connection.dumpFlows()
  }

  /** Deletes first: a flow that goes may stand where one comes. */
  #compareAll(wanted: ReadonlyMap<string, Flow>, actual: Iterable<Flow>): Message[] {
    const { add, remove, foreign } = diffFlows(wanted, actual)
    this.#foreign = foreign
    return [...remove.map((flow) => flowMod('delete_strict', flow)), ...add.map((flow) => flowMod('add', flow))]
  }

  #takePending(): Message[] {
    const pending = this.#pending
    this.#pending = new Map()
    const { flows } = this.wanted
    const removed: Message[] = []
    const added: Message[] = []
    for (const [key, flow] of pending) {
      const wanted = flows.get(key)
      if (wanted === undefined) removed.push(flowMod('delete_strict', flow))
      else added.push(flowMod('add', wanted))
    }
    return [...removed, ...added]
  }
}
