import { type Operation, operations, ref } from 'ovsdb-client'
import {
  type BridgeRow,
  type ControllerRow,
  type InterfaceRow,
  OpenVSwitch,
  type PortRow,
} from '../../schemas/vswitch.gen.js'
import type { WantedPort } from '../compile/wanted.js'
import { PATCH_PORTS } from '../model/reserved.js'
import { BRIDGE, type WantedBridge } from './wanted-bridge.js'

const { insert, update, mutate } = operations(OpenVSwitch)

export type ActualInterface = Pick<
  InterfaceRow,
  '_uuid' | 'name' | 'type' | 'options' | 'ofport' | 'ofport_request' | 'external_ids' | 'error'
>
export type ActualBridge = Pick<
  BridgeRow,
  | '_uuid'
  | 'name'
  | 'fail_mode'
  | 'datapath_type'
  | 'datapath_id'
  | 'other_config'
  | 'external_ids'
  | 'ports'
  | 'controller'
>
export type ActualController = Pick<
  ControllerRow,
  '_uuid' | 'target' | 'connection_mode' | 'inactivity_probe' | 'max_backoff'
>

export interface ActualPort {
  readonly port: Pick<PortRow, '_uuid'>
  readonly interface: ActualInterface
}

/** What the host's database holds, as far as it concerns us. */
export interface ActualRows {
  bridge(): ActualBridge | undefined
  controllers(bridge: ActualBridge): readonly ActualController[]
  /** The port of that name, on whatever bridge. */
  port(name: string): ActualPort | undefined
  /** Any bridge of the host, by its name or a port of it. */
  bridgeNamed(name: string): ActualBridge | undefined
  bridgeOf(port: ActualPort): ActualBridge | undefined
  /** Names of the ports of br-int that are ours, and of ours elsewhere. */
  ourPorts(): Iterable<string>
}

export interface RowDiff {
  readonly operations: readonly Operation[]
  /** Port name -> why it cannot be had: somebody else's row is in the way, or missing. */
  readonly conflicts: ReadonlyMap<string, string>
}

/** Somebody else's bridge has our name: nothing of ours can be there before an operator decides. */
export class ForeignBridgeError extends Error {
  override readonly name = 'ForeignBridgeError'
  readonly code = 'FOREIGN_BRIDGE'

  constructor() {
    super(`bridge ${BRIDGE} exists and is not Heddle's (no external_ids:heddle-host): delete or rename it`)
  }
}

const INACTIVITY_PROBE_MS = 10_000
const MAX_BACKOFF_MS = 1_000

const OUR_KEYS = ['heddle-pod', 'heddle-tunnel', 'heddle-patch', 'heddle-host']

/** Rows of ours carry one of these in external_ids (of the Interface, where a port is meant). */
export function isOurs(externalIds: Readonly<Record<string, string>>): boolean {
  return OUR_KEYS.some((key) => key in externalIds)
}

/**
 * Operations that bring bridge and controller, and the ports named, to what is wanted; none where nothing differs.
 * `names` undefined: all ports. Throws ForeignBridgeError.
 */
export function diffRows(
  bridge: WantedBridge,
  ports: ReadonlyMap<string, WantedPort>,
  names: Iterable<string> | undefined,
  actual: ActualRows,
): RowDiff {
  const existing = actual.bridge()
  if (existing !== undefined && !('heddle-host' in existing.external_ids)) throw new ForeignBridgeError()
  const bridgeOps = existing === undefined ? createBridge(bridge) : alignBridge(bridge, existing, actual)
  const conflicts = new Map<string, string>()
  const portOps: Operation[] = []
  let added = 0
  for (const name of names ?? new Set([...ports.keys(), ...actual.ourPorts()])) {
    const wanted = ports.get(name)
    const found = actual.port(name)
    const holder = found && holderOfOurs(found, actual)
    const problem = wanted && (found !== undefined && holder === undefined ? FOREIGN(name) : placeProblem(wanted, bridge, actual))
    if (problem !== undefined) conflicts.set(name, problem)
    if (wanted === undefined || problem !== undefined) {
      if (found !== undefined && holder !== undefined) portOps.push(takeOff(holder, found))
    } else if (found === undefined || holder === undefined) portOps.push(...createPort(wanted, added++))
    else portOps.push(...movePort(wanted, found, holder), ...alignInterface(wanted, found.interface))
  }
  return { operations: [...bridgeOps, ...portOps], conflicts }
}

const FOREIGN = (name: string): string => `${name} is already a port that is not Heddle's`

/** The bridge from which a port may be taken: br-int, and whatever bridge has our end of the patch. */
function holderOfOurs(found: ActualPort, actual: ActualRows): ActualBridge | undefined {
  const holder = actual.bridgeOf(found)
  const { name, external_ids } = found.interface
  return isOurs(external_ids) && (holder?.name === BRIDGE || name === PATCH_PORTS.outer) ? holder : undefined
}

/** Why there is no place for a port on the bridge where it is wanted. */
function placeProblem({ bridge }: WantedPort, { datapathType }: WantedBridge, actual: ActualRows): string | undefined {
  if (bridge === undefined) return undefined
  if (bridge === null) return 'networks without encapsulation need the uplink of the host, which has none'
  const there = actual.bridgeNamed(bridge)
  if (there === undefined) return `the host has no bridge ${bridge}`
  const type = there.datapath_type === '' ? 'system' : there.datapath_type
  return type === datapathType ? undefined : `bridge ${bridge} has datapath_type ${type}, ${BRIDGE} ${datapathType}: no patch joins them`
}

/** Takes our bridge, with all its ports, and our port of another out of the database; nothing that is not ours. */
export function removeBridge(actual: ActualRows): Operation[] {
  const outer = actual.port(PATCH_PORTS.outer)
  const holder = outer && holderOfOurs(outer, actual)
  const outerOps = outer === undefined || holder === undefined ? [] : [takeOff(holder, outer)]
  const bridge = actual.bridge()
  if (bridge === undefined || !('heddle-host' in bridge.external_ids)) return outerOps
  return [...outerOps, mutate('Open_vSwitch', [], [['bridges', 'delete', [bridge._uuid]]])]
}

function createBridge(wanted: WantedBridge): Operation[] {
  return [
    insert('Interface', { name: BRIDGE, type: 'internal' }, 'localinterface'),
    insert('Port', { name: BRIDGE, interfaces: [ref('localinterface')] }, 'localport'),
    insert('Controller', controllerColumns(wanted), 'controller'),
    insert(
      'Bridge',
      {
        name: BRIDGE,
        ...bridgeColumns(wanted),
        other_config: bridgeConfig(wanted),
        external_ids: { 'heddle-host': wanted.host },
        ports: [ref('localport')],
        controller: [ref('controller')],
      },
      'bridge',
    ),
    mutate('Open_vSwitch', [], [['bridges', 'insert', [ref('bridge')]]]),
  ]
}

/** Columns that are ours are set; keys of other_config that are not ours stay. */
function alignBridge(wanted: WantedBridge, actual: ActualBridge, rows: ActualRows): Operation[] {
  const ops: Operation[] = []
  const columns = bridgeColumns(wanted)
  if (actual.fail_mode !== columns.fail_mode || actual.datapath_type !== columns.datapath_type) {
    ops.push(update('Bridge', [['_uuid', '==', actual._uuid]], columns))
  }
  const config = bridgeConfig(wanted)
  const stale = Object.keys(config).filter((key) => actual.other_config[key] !== config[key])
  if (stale.length > 0) {
    ops.push(
      mutate(
        'Bridge',
        [['_uuid', '==', actual._uuid]],
        [
          ['other_config', 'delete', stale],
          ['other_config', 'insert', config],
        ],
      ),
    )
  }
  if (actual.external_ids['heddle-host'] !== wanted.host) {
    ops.push(
      mutate(
        'Bridge',
        [['_uuid', '==', actual._uuid]],
        [
          ['external_ids', 'delete', ['heddle-host']],
          ['external_ids', 'insert', { 'heddle-host': wanted.host }],
        ],
      ),
    )
  }
  return [...ops, ...alignController(wanted, actual, rows)]
}

function alignController(wanted: WantedBridge, bridge: ActualBridge, rows: ActualRows): Operation[] {
  const columns = controllerColumns(wanted)
  const [only, ...more] = rows.controllers(bridge)
  if (only === undefined || more.length > 0) {
    return [
      insert('Controller', columns, 'controller'),
      update('Bridge', [['_uuid', '==', bridge._uuid]], { controller: [ref('controller')] }),
    ]
  }
  const same =
    only.target === columns.target &&
    only.connection_mode === columns.connection_mode &&
    only.inactivity_probe === columns.inactivity_probe &&
    only.max_backoff === columns.max_backoff
  return same ? [] : [update('Controller', [['_uuid', '==', only._uuid]], columns)]
}

function bridgeColumns(wanted: WantedBridge) {
  // standalone would turn the bridge into a learning switch when the controller is away.
  return { fail_mode: 'secure', datapath_type: wanted.datapathType } as const
}

function bridgeConfig(wanted: WantedBridge): Record<string, string> {
  return { 'datapath-id': wanted.datapathId, 'disable-in-band': 'true' }
}

function controllerColumns(wanted: WantedBridge) {
  return {
    target: wanted.controller,
    connection_mode: 'out-of-band',
    inactivity_probe: INACTIVITY_PROBE_MS,
    max_backoff: MAX_BACKOFF_MS,
  } as const
}

function createPort(wanted: WantedPort, index: number): Operation[] {
  const { name, type, options, ofport_request, external_ids } = wanted
  return [
    insert('Interface', { name, type, options, ofport_request, external_ids }, `interface${index}`),
    insert('Port', { name, interfaces: [ref(`interface${index}`)] }, `port${index}`),
    mutate('Bridge', [['name', '==', wanted.bridge ?? BRIDGE]], [['ports', 'insert', [ref(`port${index}`)]]]),
  ]
}

function takeOff({ _uuid }: ActualBridge, { port }: ActualPort): Operation {
  return mutate('Bridge', [['_uuid', '==', _uuid]], [['ports', 'delete', [port._uuid]]])
}

function movePort(wanted: WantedPort, found: ActualPort, holder: ActualBridge): Operation[] {
  const bridge = wanted.bridge ?? BRIDGE
  if (holder.name === bridge) return []
  return [takeOff(holder, found), mutate('Bridge', [['name', '==', bridge]], [['ports', 'insert', [found.port._uuid]]])]
}

function alignInterface(wanted: WantedPort, actual: ActualInterface): Operation[] {
  const where = [['_uuid', '==', actual._uuid]] as const
  const ops: Operation[] = []
  if (
    actual.type !== wanted.type ||
    actual.ofport_request !== wanted.ofport_request ||
    !sameRecord(actual.options, wanted.options)
  ) {
    const { type, options, ofport_request } = wanted
    ops.push(update('Interface', where, { type, options, ofport_request }))
  }
  const stale = Object.keys(wanted.external_ids).filter((key) => actual.external_ids[key] !== wanted.external_ids[key])
  if (stale.length > 0) {
    ops.push(
      mutate('Interface', where, [
        ['external_ids', 'delete', stale],
        ['external_ids', 'insert', wanted.external_ids],
      ]),
    )
  }
  return ops
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
