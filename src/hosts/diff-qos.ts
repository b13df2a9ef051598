import { type Operation, operations, type Ref, ref } from 'ovsdb-client'
import { OpenVSwitch, type PortRow, type QoSRow, type QueueRow } from '../../schemas/vswitch.gen.js'
import type { HostWanted, WantedQos, WantedQueue } from '../compile/wanted.js'
import type { RowDiff } from './diff-rows.js'
import { sameRecord } from './same-record.js'

const { insert, update, mutate, delete: remove } = operations(OpenVSwitch)

export type ActualQos = Pick<QoSRow, '_uuid' | 'type' | 'queues' | 'other_config' | 'external_ids'>
export type ActualQueue = Pick<QueueRow, '_uuid' | 'other_config' | 'external_ids'>
export type QosPort = Pick<PortRow, '_uuid' | 'qos'>

/** What of QoS the host's database holds. */
export interface ActualQosRows {
  /** The port of that name on that bridge. */
  portOn(bridge: string, name: string): QosPort | undefined
  portNamed(name: string): QosPort | undefined
  allQos(): Iterable<ActualQos>
  allQueues(): Iterable<ActualQueue>
}

export interface QosDiff {
  readonly operations: readonly Operation[]
  /** Port name -> why its QoS cannot be had. */
  readonly problems: ReadonlyMap<string, string>
}

/** Rows of ours say so by these keys, whose values name the port, and of a queue its number: `up0 17`. */
const QOS_KEY = 'heddle-qos'
const QUEUE_KEY = 'heddle-queue'
const HTB = 'linux-htb'

/** What becomes of ports in the same transaction, before these operations: none comes, and none is somebody else's. */
const NO_PORTS: Pick<RowDiff, 'created' | 'conflicts'> = { created: new Set(), conflicts: new Map() }

/** The port that a QoS or Queue row of ours is for; undefined: not ours. */
export function portOfQosRow({ external_ids }: Pick<ActualQos, 'external_ids'>): string | undefined {
  const queue = external_ids[QUEUE_KEY]
  return external_ids[QOS_KEY] ?? (queue === undefined ? undefined : splitKey(queue)[0])
}

function splitKey(key: string): readonly [port: string, queue: number] {
  const space = key.lastIndexOf(' ')
  return [key.slice(0, space), Number(key.slice(space + 1))]
}

/**
 * Operations that bring QoS and Queue rows of the ports named to what is wanted; none where nothing differs. `names`
 * undefined: all. A rate that changes is an update of its row, so traffic goes on; rows without our key are neither
 * changed nor removed.
 */
export function diffQos(
  wanted: Pick<HostWanted, 'qos' | 'queues'>,
  names: Iterable<string> | undefined,
  actual: ActualQosRows,
  ports: Pick<RowDiff, 'created' | 'conflicts'> = NO_PORTS,
): QosDiff {
  const named = names === undefined ? undefined : new Set(names)
  const isNamed = (port: string): boolean => named?.has(port) ?? true
  const rows = ownRows(actual, isNamed)
  const queues = groupQueues(wanted.queues.values(), isNamed)
  const problems = new Map<string, string>()
  const ops: Operation[] = []
  for (const port of new Set([...Array.from(wanted.qos.keys()).filter(isNamed), ...rows.keys()])) {
    const own = rows.get(port) ?? NO_ROWS
    const target = wanted.qos.get(port)
    const found = target === undefined ? actual.portNamed(port) : actual.portOn(target.bridge, port)
    const problem = target && problemOf(target, found, own, ports)
    if (problem !== undefined) problems.set(port, problem)
    if (target === undefined || problem !== undefined) ops.push(...removeAll(own, found))
    else ops.push(...align(target, queues.get(port) ?? [], own, found, ops.length))
  }
  return { operations: ops, problems }
}

/** Rows of ours for one port. More than one for the same thing are left-overs: the first counts. */
interface OwnRows {
  readonly qos: readonly ActualQos[]
  readonly queues: readonly { readonly id: number; readonly row: ActualQueue }[]
}

const NO_ROWS: OwnRows = { qos: [], queues: [] }

function ownRows(actual: ActualQosRows, isNamed: (port: string) => boolean): ReadonlyMap<string, OwnRows> {
  const found = new Map<string, { qos: ActualQos[]; queues: { id: number; row: ActualQueue }[] }>()
  const rowsOf = (port: string) => {
    const known = found.get(port) ?? { qos: [], queues: [] }
    found.set(port, known)
    return known
  }
  for (const row of actual.allQos()) {
    const port = row.external_ids[QOS_KEY]
    if (port !== undefined && isNamed(port)) rowsOf(port).qos.push(row)
  }
  for (const row of actual.allQueues()) {
    const key = row.external_ids[QUEUE_KEY]
    if (key === undefined) continue
    const [port, id] = splitKey(key)
    if (isNamed(port)) rowsOf(port).queues.push({ id, row })
  }
  return found
}

function groupQueues(
  queues: Iterable<WantedQueue>,
  isNamed: (port: string) => boolean,
): ReadonlyMap<string, readonly WantedQueue[]> {
  const groups = new Map<string, WantedQueue[]>()
  for (const queue of queues) {
    if (!isNamed(queue.port)) continue
    const group = groups.get(queue.port) ?? []
    group.push(queue)
    groups.set(queue.port, group)
  }
  return groups
}

function problemOf(
  { port, bridge }: WantedQos,
  found: QosPort | undefined,
  own: OwnRows,
  { created, conflicts }: Pick<RowDiff, 'created' | 'conflicts'>,
): string | undefined {
  const conflict = conflicts.get(port)
  if (conflict !== undefined) return conflict
  if (found === undefined) return created.has(port) ? undefined : `bridge ${bridge} has no port ${port}`
  const foreign = found.qos !== null && !own.qos.some(({ _uuid }) => _uuid === found.qos)
  return foreign ? `port ${port} has a QoS that is not Heddle's: ovs-vsctl clear port ${port} qos` : undefined
}

/** The port lets go of the row first: it is referred to as long. */
function removeAll({ qos, queues }: OwnRows, port: QosPort | undefined): Operation[] {
  const ops: Operation[] = []
  if (port?.qos !== null && port !== undefined && qos.some(({ _uuid }) => _uuid === port.qos)) {
    ops.push(update('Port', [['_uuid', '==', port._uuid]], { qos: null }))
  }
  for (const { _uuid } of qos) ops.push(remove('QoS', [['_uuid', '==', _uuid]]))
  for (const { row } of queues) ops.push(remove('Queue', [['_uuid', '==', row._uuid]]))
  return ops
}

/** `salt` keeps names of new rows apart within one transaction. */
function align(
  target: WantedQos,
  queues: readonly WantedQueue[],
  own: OwnRows,
  port: QosPort | undefined,
  salt: number,
): Operation[] {
  const [qos, ...surplus] = own.qos.toSorted((a, b) => Number(b._uuid === port?.qos) - Number(a._uuid === port?.qos))
  const { links, stale, ops } = alignQueues(target.port, queues, own, salt)
  if (qos === undefined) {
    const uuidName = `qos${salt}`
    const external_ids = { [QOS_KEY]: target.port }
    ops.push(insert('QoS', { type: HTB, queues: links, other_config: target.other_config, external_ids }, uuidName))
    ops.push(update('Port', [['name', '==', target.port]], { qos: ref(uuidName) }))
  } else {
    ops.push(...alignQos(target, qos, links))
    if (port?.qos !== qos._uuid) ops.push(update('Port', [['name', '==', target.port]], { qos: qos._uuid }))
  }
  for (const { _uuid } of surplus) ops.push(remove('QoS', [['_uuid', '==', _uuid]]))
  for (const uuid of stale) ops.push(remove('Queue', [['_uuid', '==', uuid]]))
  return ops
}

interface AlignedQueues {
  readonly links: ReadonlyMap<number, Ref<'Queue'>>
  readonly stale: readonly ActualQueue['_uuid'][]
  readonly ops: Operation[]
}

function alignQueues(port: string, queues: readonly WantedQueue[], own: OwnRows, salt: number): AlignedQueues {
  const links = new Map<number, Ref<'Queue'>>()
  const ops: Operation[] = []
  const left = [...own.queues]
  for (const { queue_id, other_config, external_ids } of queues) {
    const wanted = { ...external_ids, [QUEUE_KEY]: `${port} ${queue_id}` }
    const at = left.findIndex(({ id }) => id === queue_id)
    const [existing] = at < 0 ? [] : left.splice(at, 1)
    if (existing === undefined) {
      const uuidName = `queue${salt}x${queue_id}`
      ops.push(insert('Queue', { other_config, external_ids: wanted }, uuidName))
      links.set(queue_id, ref(uuidName))
      continue
    }
    const { row } = existing
    links.set(queue_id, row._uuid)
    if (sameRecord(row.other_config, other_config) && sameRecord(row.external_ids, wanted)) continue
    ops.push(update('Queue', [['_uuid', '==', row._uuid]], { other_config, external_ids: wanted }))
  }
  return { links, stale: left.map(({ row }) => row._uuid), ops }
}

/** Only the links that differ are sent: an uplink may have thousands. */
function alignQos(target: WantedQos, row: ActualQos, links: ReadonlyMap<number, Ref<'Queue'>>): Operation[] {
  const where = [['_uuid', '==', row._uuid]] as const
  const ops: Operation[] = []
  if (row.type !== HTB || !sameRecord(row.other_config, target.other_config)) {
    ops.push(update('QoS', where, { type: HTB, other_config: target.other_config }))
  }
  const gone = Array.from(row.queues).filter(([id, uuid]) => links.get(id) !== uuid).map(([id]) => id)
  const come = new Map(Array.from(links).filter(([id, uuid]) => row.queues.get(id) !== uuid))
  if (gone.length > 0) ops.push(mutate('QoS', where, [['queues', 'delete', gone]]))
  if (come.size > 0) ops.push(mutate('QoS', where, [['queues', 'insert', come]]))
  return ops
}
