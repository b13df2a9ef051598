import type { Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import type { HostDelta } from '../compile/wanted.js'
import { Channel, type ChannelOptions } from './channel.js'
import { diffRows, removeBridge } from './diff-rows.js'
import { type HostReplica, ReplicaRows } from './replica-rows.js'
import type { WantedBridge } from './wanted-bridge.js'

export interface RowChannelOptions extends ChannelOptions {
  readonly bridge: (session: Session) => WantedBridge
  /** OVS gave a wanted port a number other than asked for; undefined: as asked, or none yet. */
  readonly onOfport: (port: string, ofport: number | undefined) => void
}

/** Longest wait for ovs-vswitchd to open new ports before more are asked for; it may not be running. */
const OPENING_MS = 250

interface Attached {
  readonly session: Session
  readonly replica: HostReplica
  readonly rows: ReplicaRows
}

/** Brings the rows of one host's OVSDB to what is wanted, and says how far its ports are. */
export class RowChannel extends Channel {
  readonly #bridge: RowChannelOptions['bridge']
  readonly #onOfport: RowChannelOptions['onOfport']
  #attached: Attached | undefined
  /** Ports to look at in the next pass. */
  #pending = new Set<string>()
  #conflicts = new Map<string, string>()
  #transactions = 0
  /** Ports whose numbers the last pass waits for, and how it is told that all are there. */
  #unopened = new Set<string>()
  #opened: (() => void) | undefined

  constructor(options: RowChannelOptions) {
    super(options)
    this.#bridge = options.bridge
    this.#onOfport = options.onOfport
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
    for (const name of this.wanted.ports.keys()) this.#reportOfport(attached, name)
    this.resync()
  }

  detach(session: Session): void {
    if (this.#attached?.session !== session) return
    this.#attached = undefined
    this.#opened?.()
    this.progress.lost()
  }

  enqueue(delta: HostDelta): void {
    this.progress.ask(delta.revision)
    for (const name of delta.ports) {
      this.#pending.add(name)
      if (this.#attached !== undefined) this.#reportOfport(this.#attached, name)
    }
    this.wake()
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

  /** The OpenFlow number of a port that is there. */
  ofportOf(name: string): number | undefined {
    const ofport = this.#attached?.rows.port(name)?.interface.ofport
    return typeof ofport === 'number' && ofport > 0 ? ofport : undefined
  }

  /** For a host that is no longer ours: takes what is ours out of its database. */
  async removeAll(): Promise<void> {
    const attached = this.#attached
    if (attached === undefined) return
    const ops = removeBridge(attached.rows)
    if (ops.length > 0) await attached.session.transact(OpenVSwitch, ops)
  }

  protected override async pass(): Promise<void> {
    const attached = this.#attached
    if (attached === undefined) return
    const { target } = this.progress
    const names = this.resyncDue ? undefined : this.#pending
    this.resyncDue = false
    this.#pending = new Set()
    const { ports } = this.wanted
    const bridge = this.#bridge(attached.session)
    const { operations, conflicts } = diffRows(bridge, ports, names, attached.rows)
    for (const name of names ?? this.#conflicts.keys()) this.#conflicts.delete(name)
    for (const [name, reason] of conflicts) this.#conflicts.set(name, reason)
    if (operations.length > 0) {
      this.#transactions++
      await attached.session.transact(OpenVSwitch, operations)
    }
    if (attached !== this.#attached) return
    this.confirm(target)
    if (operations.length > 0) await this.#untilOpened(attached, names ?? ports.keys())
  }

  /**
   * Each transaction makes ovs-vswitchd configure its bridges anew. While it is at that, what comes next is collected:
   * a thousand pods at once become a few transactions, and one pod alone loses nothing.
   */
  async #untilOpened(attached: Attached, names: Iterable<string>): Promise<void> {
    this.#unopened = new Set([...names].filter((name) => attached.rows.port(name)?.interface.ofport === null))
    if (this.#unopened.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimeout(resolve, OPENING_MS)
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
      if (!this.wanted.ports.has(name) && !this.#conflicts.has(name) && attached.rows.port(name) === undefined) continue
      this.#pending.add(name)
      ours = true
    }
    if (this.#unopened.size === 0) this.#opened?.()
    if (ours) this.wake()
    this.reportProgress()
  }

  #reportOfport(attached: Attached, name: string): void {
    const wanted = this.wanted.ports.get(name)
    const ofport = wanted === undefined ? null : (attached.rows.port(name)?.interface.ofport ?? null)
    const requested = wanted?.ofport_request ?? null
    const differs = requested !== null && ofport !== null && ofport > 0 && ofport !== requested
    this.#onOfport(name, differs ? ofport : undefined)
  }
}
