import { type Flow, formatFlow, formatSimPacket, type TextContext, type Visit } from 'openflow-ts'
import type { UnitKind } from '../../flows/index.js'
import type { Unit } from '../compile/units.js'
import { formatIp } from '../model/address.js'
import type { Exit, Fabric, Hop, Journey } from './fabric.js'
import { type Probe, type ProbeResult, sendProbe, serviceText } from './probe.js'
import type { PolicyView } from '../intent/policy/policy-view.js'
import { saidBy } from './said.js'
import { isPolicyTable, tableName } from './tables.js'
import type { Verdict } from './verdict.js'

/** A table that a packet came to, with the flow that took it. */
export interface TraceStep {
  readonly table: string
  /** As ovs-ofctl prints it; absent: no flow took the packet. */
  readonly flow?: string
  /** What of the intent the flow is there for. */
  readonly unit?: { readonly kind: UnitKind; readonly subject: string }
  /** The policies and rules that say so, where the flow is one of theirs. */
  readonly policies?: readonly string[]
}

export interface TraceHop {
  readonly host: string
  /** The port through which the packet came. */
  readonly port: string
  /** The packet as it came, in the syntax of ovs-appctl ofproto/trace. */
  readonly packet: string
  readonly steps: readonly TraceStep[]
  /** Where it went. */
  readonly exits: readonly string[]
}

export interface TraceDirection {
  readonly result: Verdict['result']
  /** In one line. */
  readonly decision: string
  readonly hops: readonly TraceHop[]
}

export interface TraceReport {
  /** In one line, both directions. */
  readonly decision: string
  /** The packet comes to whom it is sent to, and the answer, where there is one, comes back. */
  readonly reaches: boolean
  readonly forward: TraceDirection
  readonly reply?: TraceDirection
}

/** Undefined: an end of the probe has no address of its family. */
export function traceProbe(fabric: Fabric, probe: Probe): TraceReport | undefined {
  const result = sendProbe(fabric, probe)
  return result && reportOf(fabric, probe, result)
}

/** A probe's way through every table of every host, in words. */
export function reportOf(fabric: Fabric, probe: Probe, { forward, reply, reaches }: ProbeResult): TraceReport {
  const units = unitsLookup(fabric)
  const there = directionOf(fabric, forward, units)
  const back = reply && directionOf(fabric, reply, units)
  const answer = back === undefined ? '' : `; the reply is ${back.decision}`
  const decision = `${probe.from} to ${targetOf(probe)}, ${serviceText(probe.service)}: ${there.decision}${answer}`
  return { decision, reaches, forward: there, ...(back === undefined ? {} : { reply: back }) }
}

function targetOf({ to }: Probe): string {
  return 'pod' in to ? to.pod : formatIp(to.address)
}

type UnitLookup = (host: string, flow: Flow) => Unit | undefined

function unitsLookup({ source }: Fabric): UnitLookup {
  const byHost = new Map<string, ReadonlyMap<bigint, Unit>>()
  return (host, { cookie }) => {
    let units = byHost.get(host)
    if (units === undefined) byHost.set(host, (units = source.unitsOf(host)))
    return units.get(cookie)
  }
}

function directionOf(fabric: Fabric, { hops, verdict }: Journey, units: UnitLookup): TraceDirection {
  return {
    result: verdict.result,
    decision: decisionText(verdict, fabric, units),
    hops: hops.map((hop) => hopOf(hop, fabric, units)),
  }
}

function hopOf({ host, port, packet, trace, exits }: Hop, fabric: Fabric, units: UnitLookup): TraceHop {
  const { names } = fabric.host(host).model
  return {
    host,
    port: port.name,
    packet: formatSimPacket(packet, names),
    steps: trace.tablesVisited.map((visit) => stepOf(visit, host, names, units, fabric.source.view.policies)),
    exits: exits.map(exitText),
  }
}

function stepOf(
  { table_id, flow }: Visit,
  host: string,
  names: TextContext,
  units: UnitLookup,
  policies: PolicyView,
): TraceStep {
  const table = tableName(table_id)
  if (flow === undefined) return { table }
  const unit = units(host, flow)
  const text = formatFlow(flow, names).trim()
  if (unit === undefined) return { table, flow: text }
  const { kind, subject } = unit
  const said = isPolicyTable(table) ? saidBy(unit, policies) : []
  return { table, flow: text, unit: { kind, subject }, ...(said.length > 0 && { policies: said }) }
}

function exitText(exit: Exit): string {
  switch (exit.type) {
    case 'pod':
      return `to ${exit.pod} through ${exit.port.name}`
    case 'wire': {
      const key = exit.port.type === 'patch' ? '' : `, key ${exit.packet.get('tun_id')}`
      return `to host ${exit.host} through ${exit.port.name}${key}`
    }
    case 'lost':
      return exit.why
  }
}

/** `dropped on h2 in table ingress (rule red/web/db-only): priority=100,tcp,...`. */
export function decisionText(verdict: Verdict, fabric: Fabric, units = unitsLookup(fabric)): string {
  switch (verdict.result) {
    case 'delivered':
      return `delivered to ${verdict.pod} on ${verdict.host}`
    case 'answered':
      return `answered by the router on ${verdict.host}`
    case 'looped':
      return `going in circles: ${verdict.hosts.join(' -> ')}`
    case 'controller':
      return `given to the controller by ${verdict.host} in table ${verdict.table}`
    case 'dropped': {
      const { host, table, flow, why } = verdict
      const unit = flow && units(host, flow)
      const where = table === undefined ? '' : ` in table ${table}`
      if (flow === undefined || isMiss(flow)) return `dropped on ${host}${where}: ${why ?? 'no flow takes the packet'}`
      const said = unit === undefined || !isPolicyTable(table) ? [] : saidBy(unit, fabric.source.view.policies)
      if (unit !== undefined && said.length > 0) {
        const what = unit.kind === 'rule' ? 'denied by' : 'no rule allows it, and it is isolated by'
        return `dropped on ${host}${where}: ${what} ${said.join(', ')}`
      }
      const whose = unit === undefined ? '' : ` (${unit.kind} ${unit.subject})`
      return `dropped on ${host}${where}${whose}: ${why ?? flowText(flow, fabric.host(host).model.names)}`
    }
  }
}

const isMiss = ({ priority, match }: Flow): boolean => priority === 0 && match.length === 0

/** Without cookie and table, which are said apart. */
function flowText(flow: Flow, names: TextContext): string {
  return formatFlow({ ...flow, cookie: 0n, table_id: 0 }, names).trim()
}
