import type { Action, MatchInit } from 'openflow-ts'
import type { Cidr } from '../src/model/address.js'
import { ctState } from './connection.js'
import { LOG_METER, PRIORITY, REGISTERS, type TableName } from './layout.js'
import { endWithin, type FlowTerm, gotoTable, inDomain } from './terms.js'

/**
 * The tables of rules: egress_admin and egress ask whether the sender may, ingress_admin and ingress whether the receiver
 * may be reached. Rules are conjunctive flows (ovs-fields(7)): a flow for each value of each dimension, so that S senders
 * and R receivers cost S + R flows.
 */

export type PolicyDirection = 'Ingress' | 'Egress'
export type PolicyTier = 'admin' | 'policy' | 'baseline'

interface Stage {
  readonly admin: TableName
  readonly policy: TableName
  readonly next: TableName
  /** The register of the end that the direction is about. */
  readonly subject: 'sender' | 'receiver'
}

const STAGES: Readonly<Record<PolicyDirection, Stage>> = {
  Egress: { admin: 'egress_admin', policy: 'egress', next: 'ingress_admin', subject: 'sender' },
  Ingress: { admin: 'ingress_admin', policy: 'ingress', next: 'accept', subject: 'receiver' },
}

/** Where a rule stands: table, and priority within it. */
export interface RulePlace {
  readonly domain: number
  readonly direction: PolicyDirection
  readonly tier: PolicyTier
  /** Within tiers admin and baseline, lower first. */
  readonly order: number
  /** Of tier policy. */
  readonly chunk: number
}

function tableOf({ direction, tier }: Pick<RulePlace, 'direction' | 'tier'>): TableName {
  return tier === 'admin' ? STAGES[direction].admin : STAGES[direction].policy
}

function priorityOf({ tier, order, chunk }: RulePlace): number {
  return tier === 'policy' ? PRIORITY.rules + chunk : PRIORITY.orderedRules - order
}

/** One value of a dimension, as a flow matches it. */
export type ClauseMatch =
  | { readonly type: 'identity'; readonly end: 'sender' | 'receiver'; readonly identity: number }
  | { readonly type: 'address'; readonly end: 'sender' | 'receiver'; readonly prefix: Cidr }
  | { readonly type: 'service'; readonly value: number; readonly mask: number }
  /** A service of one pod of this host. */
  | { readonly type: 'podService'; readonly ofport: number; readonly service: number }
  | { readonly type: 'any' }

/** A clause of a rule: `clause` of `n_clauses` must hold. */
export interface Share {
  readonly rule: number
  readonly clause: number
  readonly n_clauses: number
}

/** The flow of one value, which all rules of its place share that have it. */
export function clause(place: RulePlace, value: ClauseMatch, shares: readonly Share[]): FlowTerm {
  return {
    table: tableOf(place),
    priority: priorityOf(place),
    match: { ...inDomain(place.domain), ...matchOf(value) },
    actions: shares.map(({ rule, clause, n_clauses }) => ({ type: 'conjunction', id: rule, clause, n_clauses })),
  }
}

function matchOf(value: ClauseMatch): MatchInit {
  switch (value.type) {
    case 'identity':
      return { [REGISTERS[value.end].field]: value.identity }
    case 'address':
      return endWithin(value.end, value.prefix)
    case 'service':
      return { [REGISTERS.service.field]: [value.value, value.mask] }
    case 'podService':
      return { [REGISTERS.ofport.field]: value.ofport, [REGISTERS.service.field]: value.service }
    case 'any':
      return {}
  }
}

export type RuleAction = 'Allow' | 'Deny' | 'Pass'

/** What becomes of a packet that a rule takes. With `log`, packets of new connections are also told the controller. */
export function rule(place: RulePlace, id: number, action: RuleAction, log: boolean): FlowTerm[] {
  const table = tableOf(place)
  const priority = priorityOf(place)
  const match = { ...inDomain(place.domain), conj_id: id }
  const actions = actionsOf(place, action)
  const decision: FlowTerm = { table, priority, match, actions }
  if (!log) return [decision]
  return [decision, { table, priority: priority + 1, match: { ...match, ...ctState(['trk', 'new']) }, actions: [report, ...actions] }]
}

function actionsOf({ direction, tier }: RulePlace, action: RuleAction): Action[] {
  const stage = STAGES[direction]
  if (action === 'Deny') return []
  return [gotoTable(action === 'Pass' && tier === 'admin' ? stage.policy : stage.next)]
}

/** The whole packet: what is cut short cannot be taken apart beyond its IP header. */
const report: Action = { type: 'controller', max_len: 0xffff, reason: 'action', id: 0, meter_id: LOG_METER }

/** What no rule of a tier took goes on to the next tier, and to the next direction. */
export function policyMisses(): FlowTerm[] {
  return Object.values(STAGES).flatMap((stage) => [
    { table: stage.admin, priority: PRIORITY.otherwise, match: {}, actions: [gotoTable(stage.policy)] },
    { table: stage.policy, priority: PRIORITY.otherwise, match: {}, actions: [gotoTable(stage.next)] },
  ])
}

/** A NetworkPolicy isolates the identity: what none of their rules takes is dropped. */
export function isolate(domain: number, direction: PolicyDirection, identity: number): FlowTerm[] {
  return [dropSubject(domain, direction, identity, PRIORITY.isolation)]
}

/** The network denies by default: what no rule of any tier takes is dropped. */
export function denyByDefault(domain: number, direction: PolicyDirection, identity: number): FlowTerm[] {
  return [dropSubject(domain, direction, identity, PRIORITY.defaultDeny)]
}

function dropSubject(domain: number, direction: PolicyDirection, identity: number, priority: number): FlowTerm {
  const { policy, subject } = STAGES[direction]
  return { table: policy, priority, match: { ...inDomain(domain), [REGISTERS[subject].field]: identity }, actions: [] }
}
