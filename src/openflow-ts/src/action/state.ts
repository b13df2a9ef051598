import type { Match } from '../match/terms.js'
import { PORTS } from '../ports.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import { ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, PacketKind } from '../spec/prereqs.js'
import { fieldInfo } from '../spec/registry.js'
import type { Action, Subfield } from './types.js'

/**
 * What came of a check: the name of an error (OFPBAC_*), or nothing, or the action with what it must know of its flow
 * to be sent in other versions.
 */
export type Checked = Action | string | undefined

/** Where actions are to be used, as far as it bounds them. */
export interface ActionPlace {
  /** The table of their flow; 255 or absent: not known. */
  readonly table_id?: number
  /** The switch's tables; 255 or absent: not known. */
  readonly n_tables?: number
  /** No port of the switch has this number or a higher one. */
  readonly max_ports?: number
}

/** Type of packets of which nothing is known any more. */
const PT_UNKNOWN = 0xffffffff
const NO_ETH_TYPE = 0xffff
const NS_ETHERTYPE = 1

/** The packets that reach an action, as far as actions depend on them; changed by one action after the other. */
type ListCheck = (list: readonly Action[], state: PacketState) => readonly Action[] | string

export class PacketState {
  readonly place: Required<ActionPlace>
  /** Flow formats that do not mind what has been seen. */
  usable: Protocols = PROTOCOLS.ANY
  readonly kind = new PacketKind()
  /** Whether there is a tag, the outer one and the one within. */
  tags: readonly [boolean, boolean]
  readonly #checkList: ListCheck

  constructor(match: Match, place: ActionPlace, checkList: ListCheck) {
    const { table_id = 255, n_tables = 255, max_ports = PORTS.MAX } = place
    this.place = { table_id, n_tables, max_ports }
    for (const { field, value, mask } of match) {
      const { place } = fieldInfo(field)
      place.note?.(this.kind, Number(value), Number(mask ?? place.ones))
    }
    this.tags = [this.kind.vlanPresent, false]
    this.#checkList = checkList
  }

  /** Every protocol but OpenFlow 1.0 demands that match and actions agree. */
  inconsistent(): void {
    this.usable &= PROTOCOLS.OF10_ANY
  }

  /** Actions within an action: what they change is not seen after it. */
  actions(list: readonly Action[]): readonly Action[] | string {
    const { kind, tags } = this
    const { packetType, dlType, ethType, nwProto } = kind
    const result = this.#checkList(list, this)
    kind.packetType = packetType
    kind.dlType = dlType
    kind.ethType = ethType
    kind.nwProto = nwProto
    this.setTags(...tags)
    return result
  }

  setTags(outer: boolean, inner: boolean): void {
    this.tags = [outer, inner]
    this.kind.vlanPresent = outer
  }

  get isEthernet(): boolean {
    return this.kind.packetType === 0
  }

  get isIp(): boolean {
    return this.kind.ethType === ETH_IPV4 || this.kind.ethType === ETH_IPV6
  }

  get isMpls(): boolean {
    return this.kind.ethType === ETH_MPLS || this.kind.ethType === ETH_MPLS_MCAST
  }

  /** The packet is of another type now; `dlType` is that of its Ethernet header, even where it has none. */
  become(packetType: number, dlType: number): void {
    const { kind } = this
    kind.packetType = packetType
    kind.dlType = dlType
    kind.settle()
  }

  /** The packet has been taken out of what it was in. */
  unwrap(): void {
    if (this.isEthernet) this.become(NS_ETHERTYPE * 0x10000 + this.kind.dlType, this.kind.dlType)
    else this.become(PT_UNKNOWN, NO_ETH_TYPE)
  }
}

/** An error for bits that are to be read, which the packet must have. */
export function checkSource(src: Subfield, state: PacketState): string | undefined {
  return fieldInfo(src.field).prereqMet(state.kind) ? undefined : 'OFPBAC_MATCH_INCONSISTENT'
}

/** An error for bits that are to be written. */
export function checkDestination(dst: Subfield, state: PacketState): string | undefined {
  return checkSource(dst, state) ?? (fieldInfo(dst.field).writable ? undefined : 'OFPBAC_BAD_SET_ARGUMENT')
}

/** An error for a port to which packets are to be sent. */
export function checkOutputPort(port: number, maxPorts: number = PORTS.MAX): string | undefined {
  if (port === PORTS.NONE) return 'OFPBAC_BAD_OUT_PORT'
  return port < Math.min(maxPorts, PORTS.MAX & 0xffff) || port >= PORTS.IN_PORT ? undefined : 'OFPBAC_BAD_OUT_PORT'
}
