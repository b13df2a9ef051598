import { type Connection, type Flow, flowKey, flowMod, type Message } from 'openflow-ts'
import type { HostDelta, HostWanted } from '../compile/wanted.js'
import { diffFlows } from './diff-flows.js'
import { Progress } from './progress.js'
import { type Clock, Worker } from './worker.js'

/** Flow-mods of one bundle at the most: a switch keeps a bundle in memory until the commit. */
const BUNDLE_LIMIT = 20_000

/** Between passes under pressure; see Worker. */
const LONGEST_REST_MS = 150

export interface FlowChannelOptions {
  readonly wanted: () => HostWanted
  readonly onProgress: () => void
  readonly onError: (error: unknown) => void
  readonly clock?: Clock
}

/** Brings the flows of one host's br-int to what is wanted, over its OpenFlow connection. */
export class FlowChannel {
  readonly progress = new Progress()
  readonly #options: FlowChannelOptions
  readonly #worker: Worker
  #connection: Connection | undefined
  /** Flows changed since the last pass, as they were asked for or last wanted. */
  #pending = new Map<string, Flow>()
  #resync = true
  #foreign = 0
  #flowMods = 0

  constructor(options: FlowChannelOptions) {
    this.#options = options
    this.#worker = new Worker(
      () => this.#pass(),
      (error) => {
        // What the switch has now is not known: a bundle may have been committed before the connection broke.
        this.#resync = true
        options.onError(error)
      },
      { longestRestMs: LONGEST_REST_MS, ...(options.clock === undefined ? {} : { clock: options.clock }) },
    )
  }

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

  /** Compares everything, whatever has been confirmed before. */
  resync(): void {
    this.#resync = true
    this.#worker.wake()
  }

  enqueue(delta: HostDelta): void {
    this.progress.ask(delta.revision)
    if (this.#connection !== undefined) {
      for (const flow of delta.deletedFlows) this.#pending.set(flowKey(flow), flow)
      for (const flow of delta.flows) this.#pending.set(flowKey(flow), flow)
    }
    this.#worker.wake()
  }

  stop(): void {
    this.#worker.stop()
  }

  async #pass(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    const { target } = this.progress
    const mods = this.#resync ? await this.#compareAll(connection) : this.#takePending()
    for (let i = 0; i < mods.length; i += BUNDLE_LIMIT) {
      const part = mods.slice(i, i + BUNDLE_LIMIT)
      this.#flowMods += part.length
      await connection.bundle(part, { atomic: true, ordered: true })
    }
    // It may have been replaced while we waited; then the next pass compares with the new one.
    if (connection !== this.#connection) return
    this.progress.confirm(target)
    this.#options.onProgress()
  }

  /** Deletes first: a flow that goes may stand where one comes. */
  async #compareAll(connection: Connection): Promise<Message[]> {
    this.#resync = false
    this.#pending.clear()
    const actual = await connection.dumpFlows()
    // Wanted is read after the dump: what changed meanwhile is in it, and pending again, which does no harm.
    const { add, remove, foreign } = diffFlows(this.#options.wanted().flows, actual)
    this.#foreign = foreign
    return [...remove.map((flow) => flowMod('delete_strict', flow)), ...add.map((flow) => flowMod('add', flow))]
  }

  #takePending(): Message[] {
    const pending = this.#pending
    this.#pending = new Map()
    const { flows } = this.#options.wanted()
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
