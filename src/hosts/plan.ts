import { type Flow, flowKey, formatFlow, formatMeter, type Meter } from 'openflow-ts'
import { TABLES } from '../../flows/index.js'
import type { Compiler } from '../compile/engine.js'
import type { HostDelta, HostWanted, WantedPort, WantedQos, WantedQueue } from '../compile/wanted.js'
import { Fabric } from '../explain/fabric.js'
import { type ReachDiff, reachDiff } from '../explain/reach-diff.js'
import { inSlices } from '../explain/slices.js'
import { freeze } from '../explain/source.js'
import type { Change } from '../store/store.js'

/** What a change does to the hosts, in text: flows and meters as ovs-ofctl writes them, rows with their columns. */

export interface PlannedChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly { readonly before: string; readonly after: string }[]
}

export interface HostPlan {
  readonly host: string
  readonly rows: PlannedChange
  readonly flows: PlannedChange
  /** Heddle's pipeline has none: always empty. */
  readonly groups: PlannedChange
  readonly meters: PlannedChange
}

export interface Plan {
  /** Hosts on which something would change, in the order of their names. */
  readonly hosts: readonly HostPlan[]
  /** Which pods would gain or lose what of which others, computed from the pipelines without and with the changes. */
  readonly reachability: ReachDiff
}

const NONE: PlannedChange = { added: [], removed: [], changed: [] }

const TABLE_NAMES = new Map(Object.entries(TABLES).map(([name, { id }]) => [id, name]))

/** What the changes would do; the compiler is afterwards as it was. Rejects with the signal's reason. */
export async function planChanges(compiler: Compiler, changes: readonly Change[], signal: AbortSignal): Promise<Plan> {
  const before = freeze(compiler)
  const { deltas, after } = compiler.rehearse(changes, (deltas) => ({ deltas, after: freeze(compiler) }))
  const hosts = planHosts(deltas, (host) => before.wanted(host), (host) => after.wanted(host))
  const touched = new Set(deltas.map(({ host }) => host))
  const reachability = await inSlices(reachDiff(new Fabric(before), new Fabric(after), touched), signal)
  return { hosts, reachability }
}

/** The plan of each host that the deltas concern; `before` and `after` are what each wants without and with them. */
export function planHosts(
  deltas: readonly HostDelta[],
  before: (host: string) => HostWanted,
  after: (host: string) => HostWanted,
): HostPlan[] {
  const hosts = new Set(deltas.map(({ host }) => host))
  return Array.from(hosts, (host) => planHost(host, deltas, before(host), after(host)))
    .filter(({ rows, flows, meters }) => [rows, flows, meters].some(isSomething))
    .sort((a, b) => (a.host < b.host ? -1 : 1))
}

function planHost(host: string, deltas: readonly HostDelta[], before: HostWanted, after: HostWanted): HostPlan {
  const own = deltas.filter((delta) => delta.host === host)
  const flows = new Set(own.flatMap((delta) => [...delta.flows, ...delta.deletedFlows].map(flowKey)))
  const names = portNames(before, after)
  return {
    host,
    rows: planRows(own, before, after),
    flows: compare(flows, before.flows, after.flows, (flow) => flowText(flow, names)),
    groups: NONE,
    meters: compare(new Set(own.flatMap(({ meters }) => meters)), before.meters, after.meters, meterText),
  }
}

/** Queues come with the QoS of their port. */
function planRows(deltas: readonly HostDelta[], before: HostWanted, after: HostWanted): PlannedChange {
  const shaped = new Set(deltas.flatMap(({ qos }) => qos))
  const queues = [...before.queues, ...after.queues].filter(([, { port }]) => shaped.has(port)).map(([key]) => key)
  const parts = [
    compare(new Set(deltas.flatMap(({ ports }) => ports)), before.ports, after.ports, rowText),
    compare(shaped, before.qos, after.qos, qosText),
    compare(new Set(queues), before.queues, after.queues, queueText),
  ]
  return {
    added: parts.flatMap(({ added }) => added),
    removed: parts.flatMap(({ removed }) => removed),
    changed: parts.flatMap(({ changed }) => changed),
  }
}

function compare<K, V>(
  keys: ReadonlySet<K>,
  before: ReadonlyMap<K, V>,
  after: ReadonlyMap<K, V>,
  text: (value: V) => string,
): PlannedChange {
  const added: string[] = []
  const removed: string[] = []
  const changed: { before: string; after: string }[] = []
  for (const key of keys) {
    const old = before.get(key)
    const now = after.get(key)
    if (old === undefined && now !== undefined) added.push(text(now))
    if (old !== undefined && now === undefined) removed.push(text(old))
    if (old === undefined || now === undefined || text(old) === text(now)) continue
    changed.push({ before: text(old), after: text(now) })
  }
  return { added: added.sort(), removed: removed.sort(), changed }
}

function isSomething({ added, removed, changed }: PlannedChange): boolean {
  return added.length + removed.length + changed.length > 0
}

/** Ports by the numbers that are asked for: what a plan can know. */
function portNames(before: HostWanted, after: HostWanted): (port: number) => string | undefined {
  const names = new Map<number, string>()
  for (const { ofport_request, name } of [...before.ports.values(), ...after.ports.values()]) {
    if (ofport_request !== null) names.set(ofport_request, name)
  }
  return (port) => names.get(port)
}

function flowText(flow: Flow, portName: (port: number) => string | undefined): string {
  return formatFlow(flow, { portName, tableName: (table) => TABLE_NAMES.get(table) }).trim()
}

function meterText(meter: Meter): string {
  return formatMeter(meter).trim().replaceAll('\n', ' ')
}

function rowText({ name, bridge, type, options, ofport_request, external_ids }: WantedPort): string {
  const columns = { bridge, type, options, ofport_request, external_ids }
  const shown = Object.entries(columns).filter(([, value]) => value && JSON.stringify(value) !== '{}')
  return `Interface ${name} ${shown.map(([column, value]) => `${column}=${JSON.stringify(value)}`).join(' ')}`
}

function qosText({ port, other_config }: WantedQos): string {
  return `QoS of ${port} other_config=${JSON.stringify(other_config)}`
}

function queueText({ port, queue_id, other_config }: WantedQueue): string {
  return `Queue ${queue_id} of ${port} other_config=${JSON.stringify(other_config)}`
}
