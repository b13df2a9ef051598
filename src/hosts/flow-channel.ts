import { type Connection, type Flow, flowKey, flowMod, type FlowStats, type Message } from 'openflow-ts'
import type { HostDelta } from '../compile/wanted.js'
import { Channel } from './channel.js'
import { diffFlows } from './diff-flows.js'
import { diffMeters, dumpMeters, type MeterDiff, sendMeters } from './meters.js'

/** Flow-mods of one bundle at the most: a switch keeps a bundle in memory until the commit. */
const BUNDLE_LIMIT = 20_000

const NO_METERS: MeterDiff = { put: [], remove: [] }

/** Brings flows and meters of one host's br-int to what is wanted, over its OpenFlow connection. */
export class FlowChannel extends Channel {
  #connection: Connection | undefined
  /** Flows changed since the last pass, as they were asked for or last wanted. */
  #pending = new Map<string, Flow>()
  /** Few, and seldom changed: they are compared as a whole. */
  #metersDue = false
  #foreign = 0
  #flowMods = 0

  get connected(): boolean {
    return this.#connection !== undefined
  }

  /** Flows on the switch that are not ours, at the last full comparison. */
  get foreign(): number {
    return this.#foreign
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

  enqueue(delta: HostDelta): void {
    this.progress.ask(delta.revision)
    if (this.#connection !== undefined) {
      for (const flow of delta.deletedFlows) this.#pending.set(flowKey(flow), flow)
      for (const flow of delta.flows) this.#pending.set(flowKey(flow), flow)
      if (delta.meters.length > 0) this.#metersDue = true
    }
    this.wake()
  }

  protected override async pass(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    const { target } = this.progress
    const meters = this.resyncDue || this.#metersDue ? await this.#compareMeters(connection) : NO_METERS
    await sendMeters(connection, meters.put)
    const mods = this.resyncDue ? await this.#compareAll(connection) : this.#takePending()
    for (let i = 0; i < mods.length; i += BUNDLE_LIMIT) {
      const part = mods.slice(i, i + BUNDLE_LIMIT)
      this.#flowMods += part.length
      await connection.bundle(part, { atomic: true, ordered: true })
    }
    await sendMeters(connection, meters.remove)
    // It may have been replaced while we waited; then the next pass compares with the new one.
    if (connection !== this.#connection) return
    this.confirm(target)
  }

  async #compareMeters(connection: Connection): Promise<MeterDiff> {
    this.#metersDue = false
    const actual = await dumpMeters(connection)
    return diffMeters(this.wanted.meters, actual)
  }

  /** Deletes first: a flow that goes may stand where one comes. */
  async #compareAll(connection: Connection): Promise<Message[]> {
    this.resyncDue = false
    this.#pending.clear()
    const actual = await connection.dumpFlows()
    // Wanted is read after the dump: what changed meanwhile is in it, and pending again, which does no harm.
    const { add, remove, foreign } = diffFlows(this.wanted.flows, actual)
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
