import type { Connection, MessageOf } from 'openflow-ts'
import { Replica, type Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import type { HostDelta, HostWanted } from '../compile/wanted.js'
import type { HostRecord } from '../model/records.js'
import { FlowChannel } from './flow-channel.js'
import { type HostReplica, MONITORED } from './replica-rows.js'
import { RowChannel } from './row-channel.js'
import type { HostStatus } from './status.js'
import { datapathIdOf, wantedBridge } from './wanted-bridge.js'
import type { Clock } from './worker.js'

export interface HostSessionOptions {
  readonly name: string
  readonly record: HostRecord
  readonly wanted: () => HostWanted
  /** Store revision that `wanted` is compiled from. */
  readonly revision: () => number
  /** Where the host's OVS finds our OpenFlow listener, seen from where its OVSDB session comes from. */
  readonly controllerTarget: (session: Session) => string
  readonly onOfport: (port: string, ofport: number | undefined) => void
  readonly onProgress: () => void
  readonly onPacketIn: (packetIn: MessageOf<'PACKET_IN'>) => void
  readonly onError: (channel: 'ovsdb' | 'openflow', error: unknown) => void
  readonly clock?: Clock
}

/** One live host: its OVSDB session and its OpenFlow connection, each brought to what is wanted on its own. */
export class HostSession {
  readonly name: string
  readonly rows: RowChannel
  readonly flows: FlowChannel
  readonly #options: HostSessionOptions
  #record: HostRecord
  #ovsdb: { readonly session: Session; readonly replica: HostReplica } | undefined
  #openflow: Connection | undefined
  #stopped = false
  #lastError: string | undefined

  constructor(options: HostSessionOptions) {
    const { name, record, wanted, clock } = options
    this.name = name
    this.#options = options
    this.#record = record
    const onProgress = (): void => {
      if (this.connected && this.has(Infinity)) this.#lastError = undefined
      options.onProgress()
    }
    const common = { wanted, onProgress, ...(clock === undefined ? {} : { clock }) }
    this.rows = new RowChannel({
      ...common,
      bridge: (session) => wantedBridge(name, this.#record, options.controllerTarget(session)),
      onOfport: options.onOfport,
      onError: (error) => {
        this.#fault('ovsdb', error)
      },
    })
    this.flows = new FlowChannel({
      ...common,
      onError: (error) => {
        this.#fault('openflow', error)
      },
    })
  }

  get datapathId(): string {
    return datapathIdOf(this.#record)
  }

  get connected(): boolean {
    return this.rows.connected && this.flows.connected
  }

  /** For what is not part of the wanted state. */
  get openflow(): Connection | undefined {
    return this.#openflow
  }

  get wanted(): HostWanted {
    return this.#options.wanted()
  }

  get record(): HostRecord {
    return this.#record
  }

  set record(record: HostRecord) {
    this.#record = record
    this.rows.resync()
  }

  /** Takes the session over; an older one to the same host is closed. Resolves once its contents are known. */
  async attachOvsdb(session: Session): Promise<void> {
    const replica = await Replica.open(session, OpenVSwitch, { tables: MONITORED })
    if (this.#stopped || session.closeReason !== undefined) {
      await session.close()
      return
    }
    const older = this.#ovsdb
    this.#ovsdb = { session, replica }
    session.once('close', () => {
      if (this.#ovsdb?.session === session) this.#ovsdb = undefined
      this.rows.detach(session)
      this.#options.onProgress()
    })
    this.rows.attach(session, replica)
    await older?.session.close()
  }

  attachOpenFlow(connection: Connection): void {
    // Its end may have come before anyone listened for it.
    if (connection.closed || this.#stopped) {
      void connection.close()
      return
    }
    const older = this.#openflow
    this.#openflow = connection
    connection.once('close', () => {
      if (this.#openflow === connection) this.#openflow = undefined
      this.flows.detach(connection)
      this.#options.onProgress()
    })
    connection.on('packet_in', (packetIn) => {
      this.#options.onPacketIn(packetIn)
    })
    this.flows.attach(connection)
    void older?.close()
  }

  enqueue(delta: HostDelta): void {
    if (delta.ports.length + delta.qos.length > 0) this.rows.enqueue(delta)
    if (delta.flows.length + delta.deletedFlows.length + delta.meters.length > 0) this.flows.enqueue(delta)
  }

  /** Compares everything with the host, as after a reconnect. */
  audit(): void {
    if (this.rows.connected) this.rows.resync()
    if (this.flows.connected) this.flows.resync()
  }

  /** Both channels have everything up to `revision` that concerns this host. */
  has(revision: number): boolean {
    return this.rows.progress.has(revision) && this.flows.progress.has(revision)
  }

  status(): HostStatus {
    const reason = this.#unrealizedReason()
    const { ovsVersion } = this.rows
    return {
      connected: this.connected,
      realized: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
      realizedRevision: this.#realizedRevision(),
      ...(ovsVersion === undefined ? {} : { ovsVersion }),
      datapathId: this.datapathId,
      flows: this.#options.wanted().flows.size,
      foreignFlows: this.flows.foreign,
      sent: { flowMods: this.flows.flowMods, transactions: this.rows.transactions },
    }
  }

  /** Ends both connections; with `cleanUp`, first takes our bridge out of the host. */
  async stop(cleanUp: boolean): Promise<void> {
    this.#stopped = true
    this.rows.stop()
    this.flows.stop()
    if (cleanUp) {
      await this.rows.removeAll().catch((error: unknown) => {
        this.#options.onError('ovsdb', error)
      })
    }
    await Promise.all([this.#ovsdb?.session.close(), this.#openflow?.close()])
  }

  #realizedRevision(): number {
    const behind = [this.rows.progress, this.flows.progress].filter((progress) => !progress.has(progress.target))
    return behind.length === 0 ? this.#options.revision() : Math.min(...behind.map((progress) => progress.done))
  }

  #unrealizedReason(): string | undefined {
    const { rows, flows } = this
    const last = this.#lastError === undefined ? '' : ` (last error: ${this.#lastError})`
    if (!rows.connected) return `no OVSDB session${last}`
    if (!flows.connected) return `no OpenFlow connection${last}`
    if (!rows.progress.has(rows.progress.target)) return `rows are being written${last}`
    if (!flows.progress.has(flows.progress.target)) return `flows are being written${last}`
    for (const name of this.#options.wanted().ports.keys()) {
      const problem = rows.portProblem(name)
      if (problem !== undefined) return `port ${name}: ${problem}`
    }
    if (flows.meterProblem !== undefined) return flows.meterProblem
    for (const [name, problem] of rows.qosProblems) return `bandwidth of ${name}: ${problem}`
    return undefined
  }

  #fault(channel: 'ovsdb' | 'openflow', error: unknown): void {
    this.#lastError = error instanceof Error ? error.message : String(error)
    this.#options.onError(channel, error)
    this.#options.onProgress()
  }
}
