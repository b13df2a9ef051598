import { type Flow, match } from 'openflow-ts'
import { cookieOf, type FlowTerm, TABLES, type UnitKind, verifyTerm } from '../../flows/index.js'
import {
  compileHost,
  compileNetwork,
  compilePeerRoute,
  compilePeerStray,
  compilePod,
  compileRoute,
  compileStray,
} from './forwarding.js'
import type { Parts } from './parts.js'
import {
  compileAddresses,
  compileClause,
  compilePoliced,
  compileReceiver,
  compileRemote,
  compileRule,
  compileSender,
} from './policy.js'
import type { Tracker } from './tracker.js'
import type { Unit } from './units.js'
import type { UnitOutput } from './wanted.js'

/** What a unit contributes, or undefined when there is no reason for it to exist. Pure in what it reads. */
export function compileUnit(unit: Unit, read: Tracker, shared: SharedFlows): UnitOutput | undefined {
  const parts = COMPILERS[unit.kind](unit, read)
  if (parts === undefined) return undefined
  return { flows: flowsOf(unit, parts, shared), ports: parts.ports ?? [], meters: parts.meters ?? [] }
}

const COMPILERS: Readonly<Record<UnitKind, (unit: Unit, read: Tracker) => Parts | undefined>> = {
  host: compileHost,
  network: compileNetwork,
  route: compileRoute,
  stray: compileStray,
  pod: compilePod,
  peer_route: compilePeerRoute,
  peer_stray: compilePeerStray,
  sender: compileSender,
  receiver: compileReceiver,
  policed: compilePoliced,
  addresses: compileAddresses,
  rule: compileRule,
  clause: compileClause,
  remote: compileRemote,
}

/** A route is the same on nearly every host of its tenant: compiled once, it costs one object instead of one a host. */
export type SharedFlows = Map<string, readonly Flow[]>

const SHARED_LIMIT = 100_000

function flowsOf({ kind, subject }: Unit, { terms, same }: Parts, shared: SharedFlows): readonly Flow[] {
  const key = same === undefined ? undefined : `${kind} ${subject} ${same}`
  const known = key === undefined ? undefined : shared.get(key)
  if (known !== undefined) return known
  const cookie = cookieOf(kind, subject)
  const flows = terms().map((term) => toFlow(term, cookie))
  if (key !== undefined) {
    if (shared.size >= SHARED_LIMIT) shared.clear()
    shared.set(key, flows)
  }
  return flows
}

function toFlow(term: FlowTerm, cookie: bigint): Flow {
  verifyTerm(term)
  const { table, priority, match: init, actions } = term
  return { table_id: TABLES[table].id, priority, cookie, match: match(init), actions }
}
