import { CtlError, ExitStatus } from '../errors.js'
import type { Command, Context, Invocation } from '../command.js'
import type { Needs } from '../database/needs.js'
import { references, type Row } from '../database/transaction.js'
import { deletePort } from './ports.js'
import { printSorted } from './print.js'
import { needTopology, type Vswitch } from './state.js'
import type { Bridge } from './topology.js'
import { asInt, leadingInteger, mapOf, one, pairsOf, refer, unrefer } from './values.js'

const MAX_VLAN = 4095

/** The port and the interface that every bridge has of its own. */
function insertLocalPort({ transaction, expected }: Vswitch, name: string): Row {
  const iface = transaction.insert('Interface')
  iface.write('name', one(name))
  iface.write('type', one('internal'))
  expected.push(iface)
  const port = transaction.insert('Port')
  port.write('name', one(name))
  port.write('interfaces', references([iface]))
  return port
}

function addRealBridge(vswitch: Vswitch, name: string): void {
  const port = insertLocalPort(vswitch, name)
  const bridge = vswitch.transaction.insert('Bridge')
  bridge.write('name', one(name))
  bridge.write('ports', references([port]))
  refer(vswitch.ovs, 'bridges', bridge)
}

function addFakeBridge(vswitch: Vswitch, name: string, parentName: string, vlan: number): void {
  const parent = vswitch.findBridge(parentName)
  if (parent?.parent !== undefined) throw new CtlError('cannot create bridge with fake bridge as parent')
  if (parent === undefined) throw new CtlError(`parent bridge ${parentName} does not exist`)
  const conflict = parent.children.get(vlan)
  if (conflict !== undefined) {
    throw new CtlError(`bridge ${parentName} already has a child VLAN bridge ${conflict.name} on VLAN ${vlan}`)
  }
  const port = insertLocalPort(vswitch, name)
  port.write('fake_bridge', one(true))
  port.write('tag', one(vlan))
  refer(parent.row, 'ports', port)
}

/** Throws CtlError when a bridge is there, but another one than `--may-exist` means. */
function checkExisting({ name, parent, vlan }: Bridge, wanted: { readonly parent: string; readonly vlan: number } | undefined): void {
  const complain = (command: string, what: string): never => {
    throw new CtlError(`"--may-exist add-br ${command}" but ${name} ${what}`)
  }
  if (wanted === undefined) {
    if (parent !== undefined) complain(name, `is a VLAN bridge for VLAN ${vlan}`)
    return
  }
  const command = `${name} ${wanted.parent} ${wanted.vlan}`
  if (parent === undefined) complain(command, 'is not a VLAN bridge')
  else if (parent.name !== wanted.parent) complain(command, `has the wrong parent ${parent.name}`)
  else if (vlan !== wanted.vlan) complain(command, `is a VLAN bridge for the wrong VLAN ${vlan}`)
}

function addBridge(context: Context<Vswitch>): void {
  const { state, args } = context
  const [name = '', parent, tag = ''] = args
  if (name === '') throw new CtlError('bridge name must not be empty string')
  if (args.length === 2) throw new CtlError("'add-br' command takes exactly 1 or 3 arguments")
  const vlan = asInt(leadingInteger(tag))
  if (parent !== undefined && (vlan < 0 || vlan > MAX_VLAN)) throw new CtlError('add-br: vlan must be between 0 and 4095')
  const existing = context.has('--may-exist') ? state.findBridge(name) : undefined
  if (existing !== undefined) {
    checkExisting(existing, parent === undefined ? undefined : { parent, vlan })
    return
  }
  state.checkFree(name, `cannot create a bridge named ${name}`)
  if (parent === undefined) addRealBridge(state, name)
  else addFakeBridge(state, name, parent, vlan)
}

function deleteBridge(state: Vswitch, bridge: Bridge): void {
  const { transaction, ovs } = state
  for (const child of bridge.children.values()) deleteBridge(state, child)
  for (const port of bridge.ports) deletePort(transaction, port)
  if (bridge.parent !== undefined) return
  for (const set of transaction.rows('Flow_Sample_Collector_Set')) {
    if (set.read('bridge').keys[0] === bridge.row.uuid) transaction.delete(set)
  }
  transaction.delete(bridge.row)
  unrefer(ovs, 'bridges', bridge.row)
}

/** Where a bridge keeps what others say of it: a fake one in its port, under keys that say so. */
function externalIds(state: Vswitch, name: string): { readonly row: Row; readonly prefix: string } {
  const bridge = state.bridge(name)
  if (bridge.parent === undefined) return { row: bridge.row, prefix: '' }
  const port = state.topology.ports.get(name)
  if (port === undefined) throw new CtlError(`no port named ${name}`)
  return { row: port.row, prefix: 'fake-bridge-' }
}

function setExternalId({ state, args }: Context<Vswitch>): void {
  const [name = '', key = '', value] = args
  const { row, prefix } = externalIds(state, name)
  row.verify('external_ids')
  const others = pairsOf(row, 'external_ids').filter(([known]) => known !== prefix + key)
  row.write('external_ids', mapOf(value === undefined ? others : [...others, [prefix + key, value]]))
}

function getExternalIds(context: Context<Vswitch>): void {
  const [name = '', key] = context.args
  const { row, prefix } = externalIds(context.state, name)
  row.verify('external_ids')
  for (const [known, value] of pairsOf(row, 'external_ids')) {
    if (typeof known !== 'string') continue
    if (key !== undefined) {
      if (known === prefix + key) context.print(String(value))
    } else if (known.startsWith(prefix)) context.print(`${known.slice(prefix.length)}=${String(value)}`)
  }
}

const prepare = (_invocation: Invocation, needs: Needs): void => {
  needTopology(needs)
}

const prepareIds = (_invocation: Invocation, needs: Needs): void => {
  needTopology(needs)
  needs.columns('Bridge', ['external_ids'])
  needs.columns('Port', ['external_ids'])
}

/** ovs-vsctl(8), "Bridge Commands". */
export const BRIDGE_COMMANDS: readonly Command<Vswitch>[] = [
  {
    name: 'add-br',
    usage: 'NEW-BRIDGE [PARENT] [NEW-VLAN]',
    summary: 'create a new bridge, or a fake bridge in PARENT on a VLAN',
    min: 1,
    max: 3,
    options: ['--may-exist'],
    prepare,
    run: addBridge,
  },
  {
    name: 'del-br',
    usage: 'BRIDGE',
    summary: 'delete BRIDGE and all of its ports',
    min: 1,
    max: 1,
    options: ['--if-exists'],
    prepare: (_invocation, needs) => {
      needTopology(needs)
      needs.columns('Flow_Sample_Collector_Set', ['bridge'])
    },
    run: (context) => {
      const name = context.arg(0)
      const bridge = context.has('--if-exists') ? context.state.findBridge(name) : context.state.bridge(name)
      if (bridge !== undefined) deleteBridge(context.state, bridge)
    },
  },
  {
    name: 'list-br',
    usage: '',
    summary: 'print the names of all the bridges',
    min: 0,
    max: 0,
    options: ['--real', '--fake'],
    prepare,
    run: (context) => {
      const [real, fake] = [context.has('--real'), context.has('--fake')]
      const wanted = Array.from(context.state.topology.bridges.values()).filter(
        ({ parent }) => real === fake || (parent === undefined ? real : fake),
      )
      printSorted(context, wanted.map(({ name }) => name))
    },
  },
  {
    name: 'br-exists',
    usage: 'BRIDGE',
    summary: 'exit 2 if BRIDGE does not exist',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      if (context.state.findBridge(context.arg(0)) === undefined) throw new ExitStatus(2)
    },
  },
  {
    name: 'br-to-vlan',
    usage: 'BRIDGE',
    summary: 'print the VLAN which BRIDGE is on',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      context.print(String(context.state.bridge(context.arg(0)).vlan))
    },
  },
  {
    name: 'br-to-parent',
    usage: 'BRIDGE',
    summary: 'print the parent of BRIDGE',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      const bridge = context.state.bridge(context.arg(0))
      context.print((bridge.parent ?? bridge).name)
    },
  },
  {
    name: 'br-set-external-id',
    usage: 'BRIDGE KEY [VALUE]',
    summary: 'set KEY on BRIDGE to VALUE, or unset it',
    min: 2,
    max: 3,
    prepare: prepareIds,
    run: setExternalId,
  },
  {
    name: 'br-get-external-id',
    usage: 'BRIDGE [KEY]',
    summary: 'print value of KEY on BRIDGE, or all key-value pairs',
    min: 1,
    max: 2,
    prepare: prepareIds,
    run: getExternalIds,
  },
]
