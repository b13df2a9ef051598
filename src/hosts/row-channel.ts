import type { Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import type { HostDelta, HostWanted } from '../compile/wanted.js'
import { diffRows, removeBridge } from './diff-rows.js'
import { Progress } from './progress.js'
import { type HostReplica, ReplicaRows } from './replica-rows.js'
import type { WantedBridge } from './wanted-bridge.js'
import { type Clock, systemClock, Worker } from './worker.js'

/** Between passes under pressure; see Worker. */
const LONGEST_REST_MS = 150

export interface RowChannelOptions {
  readonly wanted: () => HostWanted
  readonly bridge: (session: Session) => WantedBridge
  /** OVS gave a wanted port a number other than asked for; undefined: as asked, or none yet. */
  readonly onOfport: (port: string, ofport: number | undefined) => void
  readonly onProgress: () => void
  readonly onError: (error: unknown) => void
  readonly clock?: Clock
}

/** Longest wait for ovs-vswitchd to open new ports before more are asked for; it may not be running. */
const OPENING_MS = 250

interface Attached {
  readonly session: Session
  readonly replica: HostReplica
  readonly rows: ReplicaRows
}

/** Brings the rows of one host's OVSDB to what is wanted, and says how far its ports are. */
export class RowChannel {
  readonly progress = new Progress()
  readonly #options: RowChannelOptions
  readonly #worker: Worker
  #attached: Attached | undefined
  /** Ports to look at in the next pass. */
  #pending = new Set<string>()
  #resync = true
  #conflicts = new Map<string, string>()
  #transactions = 0
  /** Ports whose numbers the last pass waits for, and how it is told that all are there. */
  #unopened = new Set<string>()
  #opened: (() => void) | undefined

  constructor(options: RowChannelOptions) {
    this.#options = options
    this.#worker = new Worker(
      () => this.#pass(),
      (error) => {
        this.#resync = true
        options.onError(error)
      },
      { longestRestMs: LONGEST_REST_MS, ...(options.clock === undefined ? {} : { clock: options.clock }) },
    )
  }

  get connected(): boolean {
    return this.#attached !== undefined
  }

  /** Transactions sent since the controller started. */
  get transactions(): number {
    return this.#transactions
  }

  get ovsVersion(): string | undefined {
    return this.#attached?.rows.ovsVersion()
  }

  attach(session: Session, replica: HostReplica): void {
    const attached = { session, replica, rows: new ReplicaRows(replica) }
    this.#attached = attached
    replica.on('change', (changes) => {
      if (this.#attached === attached) this.#onChange(attached, attached.rows.affectedPorts(changes))
    })
    for (const name of this.#options.wanted().ports.keys()) this.#reportOfport(attached, name)
    this.resync()
  }

  detach(session: Session): void {
    if (this.#attached?.session !== session) return
    this.#attached = undefined
    this.#opened?.()
    this.progress.lost()
  }

  resync(): void {
    this.#resync = true
    this.#worker.wake()
  }

  enqueue(delta: HostDelta): void {
    this.progress.ask(delta.revision)
    for (const name of delta.ports) {
      this.#pending.add(name)
      if (this.#attached !== undefined) this.#reportOfport(this.#attached, name)
    }
    this.#worker.wake()
  }

  /** Why a wanted port is not there yet; undefined: it is, with an OpenFlow number. */
  portProblem(name: string): string | undefined {
    const conflict = this.#conflicts.get(name)
    if (conflict !== undefined) return conflict
    const found = this.#attached?.rows.port(name)
    if (found === undefined) return 'its port is not in the host database yet'
    const { ofport, error } = found.interface
    if (error !== null && error !== '') return `Open vSwitch: ${error}`
    return ofport === null || ofport <= 0 ? 'Open vSwitch has not opened its interface yet' : undefined
  }

  /** For a host that is no longer ours: takes what is ours out of its database. */
  async removeAll(): Promise<void> {
    const attached = this.#attached
    if (attached === undefined) return
    const ops = removeBridge(attached.rows)
    if (ops.length > 0) await attached.session.transact(OpenVSwitch, ops)
  }

  stop(): void {
    this.#worker.stop()
  }

  async #pass(): Promise<void> {
    const attached = this.#attached
    if (attached === undefined) return
    const { target } = this.progress
    const names = this.#resync ? undefined : this.#pending
    this.#resync = false
    this.#pending = new Set()
    const { ports } = this.#options.wanted()
    const bridge = this.#options.bridge(attached.session)
    const { operations, conflicts } = diffRows(bridge, ports, names, attached.rows)
    for (const name of names ?? this.#conflicts.keys()) this.#conflicts.delete(name)
    for (const [name, reason] of conflicts) this.#conflicts.set(name, reason)
    if (operations.length > 0) {
      this.#transactions++
      await attached.session.transact(OpenVSwitch, operations)
    }
    if (attached !== this.#attached) return
    this.progress.confirm(target)
    this.#options.onProgress()
    if (operations.length > 0) await this.#untilOpened(attached, names ?? ports.keys())
  }

  /**
   * Each transaction makes ovs-vswitchd configure its bridges anew. While it is at that, what comes next is collected:
   * a thousand pods at once become a few transactions, and one pod alone loses nothing.
   */
  async #untilOpened(attached: Attached, names: Iterable<string>): Promise<void> {
    this.#unopened = new Set([...names].filter((name) => attached.rows.port(name)?.interface.ofport === null))
    if (this.#unopened.size === 0) return
    const { clock = systemClock } = this.#options
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, OPENING_MS)
      this.#opened = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#opened = undefined
  }

  /** `names` undefined: bridge or controller rows changed, so everything is looked at. */
  #onChange(attached: Attached, names: ReadonlySet<string> | undefined): void {
    if (names === undefined) {
      this.resync()
      return
    }
    let ours = false
    for (const name of names) {
      this.#reportOfport(attached, name)
      if (attached.rows.port(name)?.interface.ofport !== null) this.#unopened.delete(name)
      if (!this.#options.wanted().ports.has(name) && !this.#conflicts.has(name) && attached.rows.port(name) === undefined) continue
      this.#pending.add(name)
      ours = true
    }
    if (this.#unopened.size === 0) this.#opened?.()
    if (ours) this.#worker.wake()
    this.#options.onProgress()
  }

  #reportOfport(attached: Attached, name: string): void {
    const wanted = this.#options.wanted().ports.get(name)
    const ofport = wanted === undefined ? null : (attached.rows.port(name)?.interface.ofport ?? null)
    const differs = ofport !== null && ofport > 0 && ofport !== wanted?.ofport_request
    this.#options.onOfport(name, differs ? ofport : undefined)
  }
}
