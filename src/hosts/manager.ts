import { type Connection, Listener as OpenFlowListener, type MessageOf } from 'openflow-ts'
import { Listener as OvsdbListener, operations, type Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { Compiler } from '../compile/engine.js'
import type { HostDelta } from '../compile/wanted.js'
import { IntentView, systemIdOf } from '../intent/view.js'
import type { Ref } from '../model/kinds.js'
import type { HostRecord } from '../model/records.js'
import type { Change, Commit, Store } from '../store/store.js'
import { Dialer } from './dialer.js'
import type { Probe } from '../explain/probe.js'
import type { HostDifference } from '../explain/verify.js'
import { differenceOf } from './difference.js'
import { EventLog } from './events.js'
import { HostSession } from './host-session.js'
import { type LiveTrace, LiveTracer } from './live-trace.js'
import { type Plan, planChanges } from './plan.js'
import { policyEvent } from './policy-events.js'
import { countRules, type RuleCounters } from './rule-counters.js'
import type { HostStatus, PodStatus, StatusSource } from './status.js'
import { type PodTraffic, trafficOf } from './traffic.js'
import { type PodRates, TrafficMonitor } from './traffic-monitor.js'
import { probePath } from './probe-path.js'
import { UnderlayProber } from './underlay-probe.js'
import { Waiters } from './waiters.js'
import { datapathIdOf } from './wanted-bridge.js'
import { type Clock, systemClock } from './worker.js'

export interface HostManagerLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface HostManagerOptions {
  readonly store: Store
  /** `ptcp:PORT[:ADDRESS]` or `punix:PATH`: hosts with `set-manager` arrive here. */
  readonly ovsdbListen: string
  readonly openflowListen: string
  /** What hosts are told as controller; without it, the address at which their OVSDB session reached us. */
  readonly controllerAddress?: string
  /** Between two full comparisons of a host with what is wanted, in milliseconds; 0: never. */
  readonly auditIntervalMs: number
  /** Between two looks at a host's counters, in milliseconds; 0: never. */
  readonly statsIntervalMs: number
  /** Between two probes of each host's underlay, in milliseconds; 0: never. */
  readonly probeIntervalMs: number
  readonly log: HostManagerLog
  readonly clock?: Clock
}

/** Sessions of hosts that nobody has registered (yet) wait here, at most so many. */
const MAX_STRANGERS = 1_000

/** Every host's session, fed by the compiler; tells the API how far each is. */
export class HostManager implements StatusSource {
  readonly #options: HostManagerOptions
  #compiler = new Compiler(new IntentView())
  readonly #sessions = new Map<string, HostSession>()
  readonly #dialers = new Map<string, Dialer>()
  readonly #hostOfSystem = new Map<string, string>()
  readonly #hostOfDatapath = new Map<string, string>()
  readonly #strangers = new Map<string, Session>()
  readonly #strangeSwitches = new Map<string, Connection>()
  readonly #waiters = new Waiters()
  readonly events = new EventLog()
  readonly #traffic: TrafficMonitor
  readonly #prober: UnderlayProber
  readonly #tracer: LiveTracer
  #unwatch: (() => void) | undefined
  #ovsdb: OvsdbListener | undefined
  #openflow: OpenFlowListener | undefined
  #audit: { cancel(): void } | undefined
  #closed = false

  private constructor(options: HostManagerOptions) {
    this.#options = options
    this.#traffic = new TrafficMonitor({
      intervalMs: options.statsIntervalMs,
      hosts: () => this.#sessions.keys(),
      ask: (host) => this.#askTraffic(host),
      onFlood: (event) => {
        options.log.warn(this.events.add(event), 'a flood guard has acted')
      },
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    })
    this.#prober = new UnderlayProber({
      intervalMs: options.probeIntervalMs,
      hosts: () => [...this.#sessions.keys()].sort(),
      path: (from, to) => probePath(this.#sessions.get(from), this.#sessions.get(to), this.#compiler),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    })
    this.#tracer = new LiveTracer({
      view: () => this.#compiler.view,
      session: (host) => this.#sessions.get(host),
      clock: options.clock ?? systemClock,
    })
  }

  /**
   * Opens the listeners, then compiles what the store holds: hosts that try every second find us the earlier.
   * Rejects when an address cannot be had.
   */
  static async start(options: HostManagerOptions): Promise<HostManager> {
    const manager = new HostManager(options)
    try {
      await manager.#listen()
      manager.#load()
    } catch (error) {
      await manager.close()
      throw error
    }
    manager.#scheduleAudit()
    return manager
  }

  get compiler(): Compiler {
    return this.#compiler
  }

  hosts(): Iterable<HostSession> {
    return this.#sessions.values()
  }

  ready(): boolean {
    return !this.#closed && this.#unwatch !== undefined
  }

  host(name: string): HostStatus | undefined {
    const status = this.#sessions.get(name)?.status()
    return status && { ...status, underlayProblems: this.#prober.problems(name) }
  }

  pod({ tenant = '', network = '', name }: Ref): PodStatus {
    const pod = this.#compiler.view.pods.get(`${tenant}/${network}/${name}`)
    const session = pod && this.#sessions.get(pod.record.spec.host)
    if (pod === undefined || session === undefined) return { realized: false, reason: 'it is not stored' }
    if (!session.connected) return { realized: false, reason: `host ${session.name} is not connected` }
    if (!session.rows.progress.synced || !session.flows.progress.synced) {
      return { realized: false, reason: `host ${session.name} is being compared with what is wanted` }
    }
    if (!session.has(this.#options.store.revision)) {
      return { realized: false, reason: `host ${session.name} has not confirmed the newest changes` }
    }
    const problem = session.rows.portProblem(pod.record.interface)
    return problem === undefined ? { realized: true } : { realized: false, reason: problem }
  }

  podsOfPolicy(key: string): number {
    const { policies, residents } = this.#compiler.view
    return [...policies.subjectOf(key)].reduce((sum, identity) => sum + residents.podsOfIdentity(identity), 0)
  }

  traffic(): readonly PodRates[] {
    return this.#traffic.pods()
  }

  trafficOf({ tenant = '', network = '', name }: Ref): PodRates | undefined {
    const pod = this.#compiler.view.pods.get(`${tenant}/${network}/${name}`)
    return pod && this.#traffic.pod(pod.record.spec.host, pod.key)
  }

  async plan(changes: readonly Change[], signal: AbortSignal): Promise<Plan> {
    return await planChanges(this.#compiler, changes, signal)
  }

  async liveTrace(probe: Probe, timeoutMs: number): Promise<LiveTrace> {
    return await this.#tracer.trace(probe, timeoutMs)
  }

  async differences(): Promise<HostDifference[]> {
    const all = await Promise.all(Array.from(this.#sessions.values(), (session) => differenceOf(session)))
    return all.filter((difference) => difference !== undefined)
  }

  async countRules(policy: string): Promise<RuleCounters[]> {
    const { view } = this.#compiler
    return await countRules(view, (host) => this.#sessions.get(host), view.policies.rulesOf(policy))
  }

  async waitRealized(revision: number, pod: Ref | undefined, signal: AbortSignal): Promise<void> {
    const waiting = new Set<string>()
    for (const session of this.#sessions.values()) {
      if (session.connected && !session.has(revision)) waiting.add(session.name)
    }
    const view = pod && this.#compiler.view.pods.get(`${pod.tenant ?? ''}/${pod.network ?? ''}/${pod.name}`)
    const own = view?.record.spec.host
    if (own !== undefined) waiting.add(own)
    const port = view?.record.interface
    const done = this.#waiters.wait(waiting, signal, (host) =>
      this.#hasRealized(host, revision, host === own ? port : undefined),
    )
    for (const host of waiting) this.#onProgress(host)
    await done
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#unwatch?.()
    this.#audit?.cancel()
    this.#traffic.close()
    this.#prober.close()
    for (const dialer of this.#dialers.values()) dialer.stop()
    await Promise.all([
      ...Array.from(this.#sessions.values(), (session) => session.stop(false)),
      ...Array.from(this.#strangers.values(), (session) => session.close()),
      ...Array.from(this.#strangeSwitches.values(), (connection) => connection.close()),
      this.#ovsdb?.close(),
      this.#openflow?.close(),
    ])
  }

  /** A host that is gone delays nobody, except the one whose pod is waited for. */
  #hasRealized(host: string, revision: number, port: string | undefined): boolean {
    const session = this.#sessions.get(host)
    if (session === undefined) return true
    if (!session.connected) return port === undefined
    return session.has(revision) && (port === undefined || session.rows.portProblem(port) === undefined)
  }

  #apply(commit: Commit): void {
    const deltas = this.#compiler.apply(commit)
    for (const { key, entry } of commit.changes) {
      if (!key.startsWith('hosts/')) continue
      const name = key.slice('hosts/'.length)
      if (entry === undefined) this.#removeHost(name)
      else this.#addHost(name, entry.value as HostRecord)
    }
    for (const delta of deltas) this.#deliver(delta)
  }

  #deliver(delta: HostDelta): void {
    this.#sessions.get(delta.host)?.enqueue(delta)
  }

  #addHost(name: string, record: HostRecord): void {
    const existing = this.#sessions.get(name)
    if (existing === undefined) this.#createSession(name, record)
    else existing.record = record
    for (const [systemId, host] of this.#hostOfSystem) if (host === name) this.#hostOfSystem.delete(systemId)
    this.#hostOfSystem.set(systemIdOf(name, record.spec), name)
    this.#hostOfDatapath.set(datapathIdOf(record), name)
    this.#dial(name, record.spec.ovsdb)
    this.#recognize(name, record)
  }

  #createSession(name: string, record: HostRecord): void {
    const { clock, log } = this.#options
    const session = new HostSession({
      name,
      record,
      wanted: () => this.#compiler.wanted(name),
      revision: () => this.#compiler.view.revision,
      controllerTarget: (ovsdb) => this.#controllerTarget(ovsdb),
      onOfport: (port, ofport) => {
        const delta = this.#compiler.observeOfport(name, port, ofport)
        if (delta !== undefined) this.#deliver(delta)
      },
      onProgress: () => {
        this.#onProgress(name)
      },
      onPacketIn: (packetIn) => {
        this.#onPacketIn(name, packetIn)
      },
      onError: (channel, error) => {
        log.warn({ host: name, channel, err: error }, 'a pass failed; it will be repeated')
      },
      ...(clock === undefined ? {} : { clock }),
    })
    this.#sessions.set(name, session)
  }

  #removeHost(name: string): void {
    const session = this.#sessions.get(name)
    if (session === undefined) return
    this.#sessions.delete(name)
    this.#dialers.get(name)?.stop()
    this.#dialers.delete(name)
    this.#hostOfDatapath.delete(session.datapathId)
    this.#hostOfSystem.delete(systemIdOf(name, session.record.spec))
    void session.stop(true)
    this.#onProgress(name)
  }

  #dial(name: string, target: string | undefined): void {
    const current = this.#dialers.get(name)
    if (current?.target === target) return
    current?.stop()
    this.#dialers.delete(name)
    if (target === undefined) return
    const { log, clock } = this.#options
    const dialer = new Dialer({
      target,
      onSession: async (session) => {
        await this.#sessions.get(name)?.attachOvsdb(session)
      },
      onError: (error) => {
        log.warn({ host: name, target, err: error }, 'no OVSDB session to the host; trying again')
      },
      ...(clock === undefined ? {} : { clock }),
    })
    this.#dialers.set(name, dialer)
  }

  /** Connections that arrived before their host was registered. */
  #recognize(name: string, record: HostRecord): void {
    const systemId = systemIdOf(name, record.spec)
    const stranger = this.#strangers.get(systemId)
    if (stranger !== undefined) {
      this.#strangers.delete(systemId)
      this.#attachOvsdb(name, stranger)
    }
    const datapathId = datapathIdOf(record)
    const strange = this.#strangeSwitches.get(datapathId)
    if (strange !== undefined) {
      this.#strangeSwitches.delete(datapathId)
      this.#sessions.get(name)?.attachOpenFlow(strange)
    }
  }

  #load(): void {
    const { store } = this.#options
    this.#compiler = new Compiler(IntentView.of(store, store.revision))
    for (const [name, record] of this.#compiler.view.hosts) this.#addHost(name, record)
    this.#unwatch = store.watch(store.revision, (commit) => {
      this.#apply(commit)
    })
  }

  async #listen(): Promise<void> {
    const { ovsdbListen, openflowListen, log } = this.#options
    this.#openflow = await OpenFlowListener.listen(openflowListen)
    this.#openflow.on('connection', (connection) => {
      this.#onSwitch(connection).catch((error: unknown) => {
        log.warn({ err: error }, 'an OpenFlow connection failed before its host was known')
        void connection.close()
      })
    })
    this.#ovsdb = await OvsdbListener.listen(ovsdbListen)
    this.#ovsdb.on('session', (session) => {
      this.#onOvsdb(session).catch((error: unknown) => {
        log.warn({ err: error }, 'an OVSDB session failed before its host was known')
        void session.close()
      })
    })
  }

  async #onOvsdb(session: Session): Promise<void> {
    const { select } = operations(OpenVSwitch)
    const [{ rows }] = await session.transact(OpenVSwitch, [select('Open_vSwitch', [], ['external_ids'])])
    const systemId = rows[0]?.external_ids['system-id']
    if (systemId === undefined) {
      throw new Error('the Open_vSwitch row of a host that dialled in has no external_ids:system-id')
    }
    const host = this.#hostOfSystem.get(systemId)
    if (host !== undefined) {
      this.#attachOvsdb(host, session)
      return
    }
    this.#options.log.info({ systemId }, 'a host that is not registered has dialled in')
    await this.#strangers.get(systemId)?.close()
    if (this.#strangers.size >= MAX_STRANGERS) throw new Error(`more than ${MAX_STRANGERS} unregistered hosts`)
    this.#strangers.set(systemId, session)
    session.once('close', () => {
      if (this.#strangers.get(systemId) === session) this.#strangers.delete(systemId)
    })
  }

  #attachOvsdb(host: string, session: Session): void {
    this.#sessions
      .get(host)
      ?.attachOvsdb(session)
      .then(() => {
        this.#options.log.info({ host }, 'OVSDB session')
      })
      .catch((error: unknown) => {
        this.#options.log.warn({ host, err: error }, 'OVSDB session failed')
        void session.close()
      })
  }

  async #onSwitch(connection: Connection): Promise<void> {
    const features = await connection.features()
    const datapathId = features.datapath_id.toString(16).padStart(16, '0')
    const host = this.#hostOfDatapath.get(datapathId)
    if (host !== undefined) {
      this.#sessions.get(host)?.attachOpenFlow(connection)
      this.#options.log.info({ host, datapathId }, 'OpenFlow connection')
      return
    }
    if (connection.closed) return
    if (this.#strangeSwitches.size >= MAX_STRANGERS) throw new Error(`more than ${MAX_STRANGERS} unknown switches`)
    await this.#strangeSwitches.get(datapathId)?.close()
    this.#strangeSwitches.set(datapathId, connection)
    connection.once('close', () => {
      if (this.#strangeSwitches.get(datapathId) === connection) this.#strangeSwitches.delete(datapathId)
    })
  }

  #controllerTarget(session: Session): string {
    const address = this.#options.controllerAddress ?? session.localAddress?.address ?? '127.0.0.1'
    const plain = address.replace(/^::ffff:/, '')
    const port = this.#openflow?.port ?? 6653
    return `tcp:${plain.includes(':') ? `[${plain}]` : plain}:${port}`
  }

  async #askTraffic(host: string): Promise<PodTraffic[] | undefined> {
    const raw = await this.#sessions.get(host)?.flows.counters()
    return raw && trafficOf(this.#compiler.view, host, (port) => this.#compiler.ofport(host, port), raw)
  }

  #onPacketIn(host: string, packetIn: MessageOf<'PACKET_IN'>): void {
    if (this.#prober.take(host, packetIn.data)) return
    if (this.#tracer.onPacketIn(host, packetIn)) return
    const { clock = systemClock, log } = this.#options
    const event = policyEvent(this.#compiler.view, host, packetIn, new Date(clock.now()))
    if (event !== undefined) log.info(this.events.add(event), 'policy')
  }

  #onProgress(host: string): void {
    this.#waiters.progress(host)
  }

  /** One host at a time, spread over the interval, so that audits never come together. */
  #scheduleAudit(): void {
    const { auditIntervalMs, clock = systemClock } = this.#options
    if (auditIntervalMs === 0 || this.#closed) return
    const names = [...this.#sessions.keys()]
    let next = 0
    const step = () => {
      if (next >= names.length) {
        this.#scheduleAudit()
        return
      }
      this.#sessions.get(names[next++] ?? '')?.audit()
      this.#audit = clock.setTimeout(step, auditIntervalMs / names.length)
    }
    this.#audit = clock.setTimeout(step, auditIntervalMs / Math.max(names.length, 1))
  }
}
