import type { Ref } from '../model/kinds.js'
import type { Change } from '../store/store.js'
import type { Probe } from '../explain/probe.js'
import type { HostDifference } from '../explain/verify.js'
import type { EventSource } from './events.js'
import type { LiveTrace } from './live-trace.js'
import type { Plan } from './plan.js'
import type { PodRates } from './traffic-monitor.js'
import type { RuleCounters } from './rule-counters.js'

/** How far a pod is: `realized` once its host has its port and flows, after the barrier. */
export interface PodStatus {
  readonly realized: boolean
  /** Why not yet; absent when realized. */
  readonly reason?: string
}

export interface HostStatus {
  /** Both connections, OVSDB and OpenFlow, are up. */
  readonly connected: boolean
  /** Everything wanted is there, after the barrier. */
  readonly realized: boolean
  readonly reason?: string
  /** Store revision up to which the host has everything. */
  readonly realizedRevision: number
  readonly ovsVersion?: string
  readonly datapathId: string
  /** Wanted flows; the host's own number when realized. */
  readonly flows: number
  /** What probes of its underlay found wrong. */
  readonly underlayProblems?: string[]
  /** Flows on br-int that are not Heddle's (other cookies), at the last full comparison; they stay. */
  readonly foreignFlows: number
  /** Since the controller started: what it sent. A reconnect that finds no difference adds nothing. */
  readonly sent: { readonly flowMods: number; readonly transactions: number }
}

/** What the API asks of the live side. */
export interface StatusSource {
  pod(ref: Ref): PodStatus
  host(name: string): HostStatus | undefined
  /** How many pods a policy is about; `key` is the store's. */
  podsOfPolicy(key: string): number
  /** Of each rule of a policy, in the order in which they are said: ingress, egress. */
  countRules(policy: string): Promise<RuleCounters[]>
  readonly events: EventSource
  /** What pods send and receive, as of the last look at their hosts. */
  traffic(): readonly PodRates[]
  trafficOf(pod: Ref): PodRates | undefined
  /** What these changes of the store would do to the hosts; nothing is done. */
  plan(changes: readonly Change[], signal: AbortSignal): Promise<Plan>
  /** Sends a real packet as the probe says, and tells where it was seen. */
  liveTrace(probe: Probe, timeoutMs: number): Promise<LiveTrace>
  /** Where what hosts have differs from what is wanted of them: those hosts, and those that could not be asked. */
  differences(): Promise<HostDifference[]>
  /**
   * Resolves when every connected host that the changes up to `revision` touch has realized them, and, where `pod` is
   * given, that pod is realized. Rejects with the signal's reason when aborted.
   */
  waitRealized(revision: number, pod: Ref | undefined, signal: AbortSignal): Promise<void>
  /** Readiness: the store's contents are compiled and the listeners are open. */
  ready(): boolean
}
