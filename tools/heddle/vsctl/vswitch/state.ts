import { CtlError } from '../errors.js'
import type { Needs } from '../database/needs.js'
import type { Row, Transaction } from '../database/transaction.js'
import type { Log } from '../../../cli/log.js'
import { type Bridge, type Iface, type Port, Topology } from './topology.js'

/** What every command on bridges, ports and interfaces reads. */
export function needTopology(needs: Needs): void {
  needs.columns('Open_vSwitch', ['bridges'])
  needs.columns('Bridge', ['name', 'controller', 'fail_mode', 'ports'])
  needs.columns('Port', ['name', 'fake_bridge', 'tag', 'interfaces'])
  needs.columns('Interface', ['name', 'ofport', 'error'])
}

/** What the commands on Open vSwitch's database share while a transaction is built. */
export class Vswitch {
  readonly transaction: Transaction
  /** The one row of the table Open_vSwitch. */
  readonly ovs: Row
  /** New interfaces, of which ovs-vswitchd is to be asked whether it could set them up. */
  readonly expected: Row[] = []
  readonly #log: Log
  #topology: Topology | undefined
  #topologyAt = -1

  constructor(transaction: Transaction, log: Log) {
    this.transaction = transaction
    this.#log = log
    this.ovs = transaction.rows('Open_vSwitch')[0] ?? transaction.insert('Open_vSwitch')
  }

  get topology(): Topology {
    if (this.#topology === undefined || this.#topologyAt !== this.transaction.changes) {
      this.#topology = new Topology(this.transaction, this.ovs, this.#log)
      this.#topologyAt = this.transaction.changes
    }
    return this.#topology
  }

  findBridge(name: string): Bridge | undefined {
    this.ovs.verify('bridges')
    return this.topology.bridges.get(name)
  }

  /** Throws CtlError when there is no such bridge. */
  bridge(name: string): Bridge {
    const bridge = this.findBridge(name)
    if (bridge === undefined) throw new CtlError(`no bridge named ${name}`)
    return bridge
  }

  /** Throws CtlError when there is no such bridge, or when it is a fake one. */
  realBridge(name: string): Bridge {
    const bridge = this.bridge(name)
    if (bridge.parent !== undefined) throw new CtlError(`${name} is a fake bridge`)
    return bridge
  }

  /** A port that is not the local one of a bridge. */
  findPort(name: string): Port | undefined {
    this.verifyPorts()
    const port = this.topology.ports.get(name)
    return port?.bridge.name === name ? undefined : port
  }

  port(name: string): Port {
    const port = this.findPort(name)
    if (port === undefined) throw new CtlError(`no port named ${name}`)
    return port
  }

  /** An interface that is not the local one of a bridge. */
  findIface(name: string): Iface | undefined {
    this.verifyPorts()
    const iface = this.topology.ifaces.get(name)
    return iface?.port.bridge.name === name ? undefined : iface
  }

  iface(name: string): Iface {
    const iface = this.findIface(name)
    if (iface === undefined) throw new CtlError(`no interface named ${name}`)
    return iface
  }

  /** Lets the transaction fail when a bridge, port or interface comes or goes meanwhile. */
  verifyPorts(): void {
    this.ovs.verify('bridges')
    for (const bridge of this.transaction.rows('Bridge')) bridge.verify('ports')
    for (const port of this.transaction.rows('Port')) port.verify('interfaces')
  }

  /** Throws CtlError, beginning with `what`, when something has the name already. */
  checkFree(name: string, what: string): void {
    this.verifyPorts()
    const { bridges, ports, ifaces } = this.topology
    if (bridges.has(name)) throw new CtlError(`${what} because a bridge named ${name} already exists`)
    const port = ports.get(name)
    if (port !== undefined) {
      throw new CtlError(`${what} because a port named ${name} already exists on bridge ${port.bridge.name}`)
    }
    const iface = ifaces.get(name)
    if (iface !== undefined) {
      throw new CtlError(`${what} because an interface named ${name} already exists on bridge ${iface.port.bridge.name}`)
    }
  }
}
