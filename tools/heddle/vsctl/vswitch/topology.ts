import type { Row, Transaction } from '../database/transaction.js'
import type { Log } from '../../../cli/log.js'
import { textOf } from './values.js'

const MAX_VLAN = 4095

/** A bridge, or a VLAN of one that passes for a bridge (a "fake bridge"). */
export interface Bridge {
  readonly name: string
  /** The row of the bridge, or of the fake bridge's parent. */
  readonly row: Row
  /** Of a fake bridge only. */
  readonly parent: Bridge | undefined
  readonly vlan: number
  readonly ports: Port[]
  /** Fake bridges by their VLANs. */
  readonly children: Map<number, Bridge>
}

export interface Port {
  readonly name: string
  readonly row: Row
  readonly bridge: Bridge
  readonly ifaces: Iface[]
}

export interface Iface {
  readonly name: string
  readonly row: Row
  readonly port: Port
}

/** The VLAN that a port belongs to, when it belongs to one. */
function tagOf(port: Row): number | undefined {
  const [tag] = port.read('tag').keys
  return typeof tag === 'number' && tag >= 0 && tag <= MAX_VLAN ? tag : undefined
}

/** The VLAN that a port makes a fake bridge of. */
const fakeVlanOf = (port: Row): number | undefined => (port.read('fake_bridge').keys[0] === true ? tagOf(port) : undefined)

/** Bridges, ports and interfaces as ovs-vsctl's commands see them, fake bridges included. */
export class Topology {
  readonly bridges = new Map<string, Bridge>()
  readonly ports = new Map<string, Port>()
  readonly ifaces = new Map<string, Iface>()
  readonly #transaction: Transaction
  readonly #log: Log

  constructor(transaction: Transaction, ovs: Row, log: Log) {
    this.#transaction = transaction
    this.#log = log
    const bridges = transaction.referenced(ovs, 'bridges')
    for (const row of bridges) this.#addBridge(row)
    for (const row of bridges) this.#addPorts(row)
  }

  #addBridge(row: Row): void {
    const name = textOf(row, 'name')
    if (this.bridges.has(name)) {
      this.#log.warn('vsctl', `${name}: database contains duplicate bridge name`)
      return
    }
    const bridge: Bridge = { name, row, parent: undefined, vlan: 0, ports: [], children: new Map() }
    this.bridges.set(name, bridge)
    for (const port of this.#transaction.referenced(row, 'ports')) {
      const vlan = fakeVlanOf(port)
      if (vlan !== undefined) this.#addFakeBridge(bridge, textOf(port, 'name'), vlan)
    }
  }

  #addFakeBridge(parent: Bridge, name: string, vlan: number): void {
    if (this.bridges.has(name)) return
    const bridge: Bridge = { name, row: parent.row, parent, vlan, ports: [], children: new Map() }
    const conflict = parent.children.get(vlan)
    if (conflict === undefined) parent.children.set(vlan, bridge)
    else {
      const both = `(${name} and ${conflict.name}) for VLAN ${vlan}, but only one is allowed`
      this.#log.warn('vsctl', `${parent.name}: bridge has multiple VLAN bridges ${both}`)
    }
    this.bridges.set(name, bridge)
  }

  #addPorts(row: Row): void {
    const bridge = this.bridges.get(textOf(row, 'name'))
    if (bridge?.row !== row) return
    for (const port of this.#transaction.referenced(row, 'ports')) this.#addPort(bridge, port)
  }

  #addPort(parent: Bridge, row: Row): void {
    const name = textOf(row, 'name')
    const known = this.ports.get(name)
    if (known !== undefined) {
      this.#log.warn('vsctl', `${name}: port is in multiple bridges (${parent.name} and ${known.bridge.name})`)
      return
    }
    const port: Port = { name, row, bridge: parent.children.get(tagOf(row) ?? -1) ?? parent, ifaces: [] }
    port.bridge.ports.push(port)
    this.ports.set(name, port)
    for (const iface of this.#transaction.referenced(row, 'interfaces')) this.#addIface(port, iface)
  }

  #addIface(port: Port, row: Row): void {
    const name = textOf(row, 'name')
    const known = this.ifaces.get(name)
    if (known !== undefined) {
      this.#log.warn('vsctl', `${name}: interface is in multiple ports (${known.port.name} and ${port.name})`)
      return
    }
    const iface: Iface = { name, row, port }
    port.ifaces.push(iface)
    this.ifaces.set(name, iface)
  }
}
