import { CtlError } from '../errors.js'
import type { Command, Context, Invocation } from '../command.js'
import { setColumn } from '../database/arguments.js'
import type { Needs } from '../database/needs.js'
import { references, type Row, type Transaction } from '../database/transaction.js'
import { printSorted } from './print.js'
import { needTopology, type Vswitch } from './state.js'
import type { Bridge, Port } from './topology.js'
import { one, refer, unrefer } from './values.js'

interface NewPort {
  readonly bridge: string
  readonly name: string
  readonly ifaces: readonly string[]
  /** `COLUMN[:KEY]=VALUE`s of the Port. */
  readonly settings: readonly string[]
}

export function deletePort(transaction: Transaction, { row, bridge, ifaces }: Port): void {
  unrefer(bridge.row, 'ports', row)
  for (const iface of ifaces) transaction.delete(iface.row)
  transaction.delete(row)
}

/** Throws CtlError when a port is there, but another one than `--may-exist` means. */
function checkExisting(command: string, port: Port, { bridge, name, ifaces }: NewPort): void {
  if (port.bridge.name !== bridge) {
    throw new CtlError(`"${command}" but ${name} is actually attached to bridge ${port.bridge.name}`)
  }
  const have = port.ifaces.map((iface) => iface.name).sort()
  if (have.join('\n') === [...ifaces].sort().join('\n')) return
  throw new CtlError(`"${command}" but ${name} actually has interface(s) ${have.join(', ')}`)
}

function insertIface({ transaction, expected }: Vswitch, name: string): Row {
  const iface = transaction.insert('Interface')
  iface.write('name', one(name))
  expected.push(iface)
  return iface
}

function addPort(context: Context<Vswitch>, wanted: NewPort): void {
  const { state, symbols, invocation } = context
  const { name, ifaces, settings } = wanted
  if (name === '') throw new CtlError('port name must not be empty string')
  if (ifaces.includes('')) throw new CtlError('interface name must not be empty string')
  const existing = context.has('--may-exist') ? state.findPort(name) : undefined
  if (existing !== undefined) {
    checkExisting(invocation.text, existing, wanted)
    return
  }
  state.checkFree(name, `cannot create a port named ${name}`)
  for (const iface of ifaces) state.checkFree(iface, `cannot create an interface named ${iface}`)
  const bridge = state.bridge(wanted.bridge)
  const rows = ifaces.map((iface) => insertIface(state, iface))
  const port = state.transaction.insert('Port')
  port.write('name', one(name))
  port.write('interfaces', references(rows))
  port.write('bond_fake_iface', one(context.has('--fake-iface')))
  if (bridge.parent !== undefined) port.write('tag', one(bridge.vlan))
  for (const setting of settings) setColumn(port, setting, symbols)
  refer(bridge.row, 'ports', port)
}

function addBond(context: Context<Vswitch>): void {
  const [bridge = '', name = '', ...rest] = context.args
  const firstSetting = rest.findIndex((arg) => arg.includes('='))
  const count = firstSetting < 0 ? rest.length : firstSetting
  if (count < 2) throw new CtlError(`add-bond requires at least 2 interfaces, but only ${count} were specified`)
  addPort(context, { bridge, name, ifaces: rest.slice(0, count), settings: rest.slice(count) })
}

function addBondIface(context: Context<Vswitch>): void {
  const { state, invocation } = context
  const name = context.arg(1)
  const port = state.port(context.arg(0))
  const existing = context.has('--may-exist') ? state.findIface(name) : undefined
  if (existing !== undefined) {
    if (existing.port.row === port.row) return
    throw new CtlError(`"${invocation.text}" but ${name} is actually attached to port ${existing.port.name}`)
  }
  state.checkFree(name, `cannot create an interface named ${name}`)
  refer(port.row, 'interfaces', insertIface(state, name))
}

function deleteBondIface(context: Context<Vswitch>): void {
  const { state, args } = context
  const name = args.at(-1) ?? ''
  const iface = context.has('--if-exists') ? state.findIface(name) : state.iface(name)
  if (iface === undefined) return
  const { port } = iface
  if (args.length === 2 && state.port(context.arg(0)).row !== port.row) {
    throw new CtlError(`port ${context.arg(0)} does not have an interface ${name}`)
  }
  if (port.ifaces.length === 1) throw new CtlError(`cannot delete last interface from port ${port.name}`)
  unrefer(port.row, 'interfaces', iface.row)
  state.transaction.delete(iface.row)
}

/** The port that `del-port` means. */
function portToDelete(context: Context<Vswitch>): Port | undefined {
  const { state, args } = context
  const name = args.at(-1) ?? ''
  const mustExist = !context.has('--if-exists')
  if (state.findBridge(name) !== undefined) {
    if (!mustExist) return undefined
    throw new CtlError(
      `cannot delete port ${name} because it is the local port for bridge ${name} ` +
        '(deleting this port requires deleting the entire bridge)',
    )
  }
  if (!context.has('--with-iface')) return mustExist ? state.port(name) : state.findPort(name)
  const port = state.findPort(name) ?? state.findIface(name)?.port
  if (port === undefined && mustExist) throw new CtlError(`no port or interface named ${name}`)
  return port
}

function deletePortOf(context: Context<Vswitch>): void {
  const { state, args } = context
  const port = portToDelete(context)
  if (port === undefined) return
  if (args.length === 2) checkBridge(state.bridge(context.arg(0)), port, context.arg(1))
  deletePort(state.transaction, port)
}

/** Throws CtlError when a port is of another bridge, and says so where that is the parent or a child of it. */
function checkBridge(bridge: Bridge, port: Port, name: string): void {
  const actual = port.bridge
  if (actual === bridge) return
  const relation = actual.parent === bridge ? 'child' : actual === bridge.parent ? 'parent' : undefined
  const although = relation === undefined ? '' : ` (although its ${relation} bridge ${actual.name} does)`
  throw new CtlError(`bridge ${bridge.name} does not have a port ${name}${although}`)
}

const prepare = (_invocation: Invocation, needs: Needs): void => {
  needTopology(needs)
}

/** ovs-vsctl(8), "Port Commands", "Bond Commands" and "Interface Commands". */
export const PORT_COMMANDS: readonly Command<Vswitch>[] = [
  {
    name: 'list-ports',
    usage: 'BRIDGE',
    summary: 'print the names of all the ports on BRIDGE',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      const { name, row, ports } = context.state.bridge(context.arg(0))
      row.verify('ports')
      printSorted(context, ports.map((port) => port.name).filter((port) => port !== name))
    },
  },
  {
    name: 'add-port',
    usage: 'BRIDGE NEW-PORT [COLUMN[:KEY]=VALUE]...',
    summary: 'add network device PORT to BRIDGE',
    min: 2,
    max: Infinity,
    options: ['--may-exist'],
    prepare,
    run: (context) => {
      const [bridge = '', name = '', ...settings] = context.args
      addPort(context, { bridge, name, ifaces: [name], settings })
    },
  },
  {
    name: 'add-bond',
    usage: 'BRIDGE BOND IFACE... [COLUMN[:KEY]=VALUE]...',
    summary: 'add bonded port BOND in BRIDGE from IFACEs',
    min: 4,
    max: Infinity,
    options: ['--may-exist', '--fake-iface'],
    prepare,
    run: addBond,
  },
  {
    name: 'add-bond-iface',
    usage: 'BOND IFACE',
    summary: 'add IFACE to BOND',
    min: 2,
    max: 2,
    options: ['--may-exist'],
    prepare,
    run: addBondIface,
  },
  {
    name: 'del-bond-iface',
    usage: '[BOND] IFACE',
    summary: 'delete IFACE from its bond',
    min: 1,
    max: 2,
    options: ['--if-exists'],
    prepare,
    run: deleteBondIface,
  },
  {
    name: 'del-port',
    usage: '[BRIDGE] PORT|IFACE',
    summary: 'delete PORT (which may be bonded) from BRIDGE',
    min: 1,
    max: 2,
    options: ['--if-exists', '--with-iface'],
    prepare,
    run: deletePortOf,
  },
  {
    name: 'port-to-br',
    usage: 'PORT',
    summary: 'print name of bridge that contains PORT',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      context.print(context.state.port(context.arg(0)).bridge.name)
    },
  },
  {
    name: 'list-ifaces',
    usage: 'BRIDGE',
    summary: 'print the names of all interfaces on BRIDGE',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      const { name, ports } = context.state.bridge(context.arg(0))
      context.state.verifyPorts()
      const names = ports.flatMap((port) => port.ifaces.map((iface) => iface.name))
      printSorted(context, names.filter((iface) => iface !== name))
    },
  },
  {
    name: 'iface-to-br',
    usage: 'IFACE',
    summary: 'print name of bridge that contains IFACE',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      context.print(context.state.iface(context.arg(0)).port.bridge.name)
    },
  },
]
