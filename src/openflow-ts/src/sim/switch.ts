import type { Flow } from '../flow/flow.js'
import type { Group } from '../messages/spec/group.js'
import { PORTS } from '../ports.js'
import type { TextContext } from '../text/context.js'
import { formatMac } from '../text/addresses.js'
import { FlowTable } from './classifier.js'

/** What a tunnel port says itself of the packets that leave through it; the rest is what flows set. */
export interface TunnelSettings {
  readonly tun_id?: bigint
  readonly tun_src?: number
  readonly tun_dst?: number
}

export interface SimPort {
  readonly port: number
  readonly name: string
  /** Its number in the datapath, which `Datapath actions` show; the OpenFlow number when not given. */
  readonly datapath_port?: number
  /** Whether its link is up, which fast failover asks: yes, unless said otherwise. */
  readonly live?: boolean
  readonly no_flood?: boolean
  readonly no_fwd?: boolean
  readonly no_recv?: boolean
  readonly tunnel?: TunnelSettings
}

/** What happens to a packet that no flow of a table matches. */
export type TableMiss = 'drop' | 'controller' | 'continue'

export interface SwitchInit {
  /** Of the bridge: `br0` when not given. */
  readonly name?: string
  readonly ports?: Iterable<SimPort>
  readonly flows?: Iterable<Flow>
  readonly groups?: Iterable<Group>
  /** By table; `drop` for those not named. */
  readonly table_miss?: ReadonlyMap<number, TableMiss>
  /** Fragments: as in OpenFlow's `normal`, without ports, or dropped, or (`nx-match`) as they are. */
  readonly frags?: 'normal' | 'drop' | 'nx-match'
}

/** The state of a switch that decides what becomes of a packet. It can be changed at any time between traces. */
export class SwitchModel {
  readonly name: string
  readonly ports = new Map<number, SimPort>()
  readonly groups = new Map<number, Group>()
  readonly tableMiss: Map<number, TableMiss>
  readonly frags: 'normal' | 'drop' | 'nx-match'
  /** What NORMAL has learned: port by VLAN and address. Traces do not change it. */
  readonly #macs = new Map<string, number>()
  readonly #tables = new Map<number, FlowTable>()

  constructor(init: SwitchInit = {}) {
    this.name = init.name ?? 'br0'
    this.tableMiss = new Map(init.table_miss)
    this.frags = init.frags ?? 'normal'
    for (const port of init.ports ?? []) this.ports.set(port.port, port)
    for (const flow of init.flows ?? []) this.addFlow(flow)
    for (const group of init.groups ?? []) this.groups.set(group.group_id, group)
  }

  /** Adds a flow, in the place of one of the same table, priority and match. */
  addFlow(flow: Flow): void {
    let table = this.#tables.get(flow.table_id)
    if (table === undefined) this.#tables.set(flow.table_id, (table = new FlowTable()))
    table.add(flow)
  }

  /** Deletes the flow of this table, priority and match; false when there is none. */
  deleteFlow(flow: Pick<Flow, 'table_id' | 'priority' | 'match'>): boolean {
    return this.#tables.get(flow.table_id)?.delete(flow) ?? false
  }

  table(id: number): FlowTable | undefined {
    return this.#tables.get(id)
  }

  *flows(): Iterable<Flow> {
    for (const table of this.#tables.values()) yield* table.flows
  }

  /** Tells NORMAL behind which port an address is. */
  learnMac(mac: bigint, vlan: number, port: number): void {
    this.#macs.set(`${vlan} ${formatMac(mac)}`, port)
  }

  learnedPort(mac: bigint, vlan: number): number | undefined {
    return this.#macs.get(`${vlan} ${formatMac(mac)}`)
  }

  /** Names of this switch's ports, for text. */
  get names(): TextContext {
    return {
      portName: (port) => this.ports.get(port)?.name,
      portNumber: (name) => {
        for (const port of this.ports.values()) if (port.name === name) return port.port
        return undefined
      },
    }
  }

  datapathPort(port: number): number {
    return this.ports.get(port)?.datapath_port ?? (port === PORTS.LOCAL ? 0xfffe : port)
  }
}
