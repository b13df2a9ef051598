import type { Subfield } from '../action/types.js'
import { widenPort } from '../ports.js'
import { extractFields } from '../packet/extract.js'
import type { FieldName, Value, ValueOf } from '../spec/fields.js'
import { PacketKind } from '../spec/prereqs.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../spec/registry.js'

/** What a packet has beside its fields: the inner VLAN tag, and labels below the top one. */
const HIDDEN = ['vlan_tpid', 'vlan_tci1', 'vlan_tpid1', 'mpls_lse1', 'mpls_lse2'] as const
export type HiddenName = (typeof HIDDEN)[number]

/** Zero in each slot: one a place, as in OVS's flow key, and behind them what is hidden. */
const ZEROS: Value[] = []
for (const { place } of FIELD_INFOS) ZEROS[place.index] = place.wide ? 0n : 0
const HIDDEN_SLOTS = new Map(HIDDEN.map((name, i) => [name, ZEROS.length + i]))
for (const slot of HIDDEN_SLOTS.values()) ZEROS[slot] = 0

/** The slot of a field that is no view. */
export const slotOf = (info: FieldInfo): number => info.place.index
const hiddenSlot = (name: HiddenName): number => HIDDEN_SLOTS.get(name) ?? 0
export const noBits = (): Value[] => ZEROS.slice()

const VLAN_TCI = fieldInfo('vlan_tci')
const VLAN_PRESENT = 0x1000
const DOT1Q = 0x8100

/** Bits `ofs` to `ofs + n_bits - 1`; a number where they are 32 at most. */
export function bitsOf(value: Value, ofs: number, n_bits: number): Value {
  if (typeof value === 'number' && n_bits <= 32) {
    return n_bits === 32 ? value : (value >>> ofs) & (2 ** n_bits - 1)
  }
  const bits = (BigInt(value) >> BigInt(ofs)) & ((1n << BigInt(n_bits)) - 1n)
  return n_bits <= 32 ? Number(bits) : bits
}

/** The value with `bits` in the place of its bits from `ofs` on. */
function withBits(value: Value, ofs: number, n_bits: number, bits: Value): Value {
  const ones = ((1n << BigInt(n_bits)) - 1n) << BigInt(ofs)
  const wide = (BigInt(value) & ~ones) | ((BigInt(bits) << BigInt(ofs)) & ones)
  return typeof value === 'number' ? Number(wide) : wide
}

const move = (bits: number, shift: number): number => (shift < 0 ? bits >>> -shift : bits << shift) >>> 0

/** A packet as flows see it: the values of all fields. What it does not have is zero. */
export class Packet {
  /** By slot. */
  readonly values: Value[]

  constructor(values: Value[] = ZEROS.slice()) {
    this.values = values
  }

  clone(): Packet {
    return new Packet(this.values.slice())
  }

  /** A field's value; views (`xreg0`, `vlan_vid` ...) are made of the fields they are views of. */
  get<F extends FieldName>(field: F): ValueOf<F> {
    return this.read(fieldInfo(field)) as ValueOf<F>
  }

  set<F extends FieldName>(field: F, value: ValueOf<F>): this {
    this.write(fieldInfo(field), value)
    return this
  }

  hidden(name: HiddenName): number {
    return Number(this.values[hiddenSlot(name)])
  }

  setHidden(name: HiddenName, value: number): void {
    this.values[hiddenSlot(name)] = value
  }

  read(info: FieldInfo): Value {
    const { view } = info
    if (view === undefined) {
      const value = this.values[slotOf(info)] ?? 0
      return typeof value === 'number' ? (value & Number(info.ones)) >>> 0 : value
    }
    const [only] = view.of
    if (view.of.length === 1 && only !== undefined) {
      return (move(Number(this.values[slotOf(only)]), -view.shift) & Number(info.ones)) >>> 0
    }
    let value = 0n
    for (const part of view.of) value = (value << 32n) | BigInt(this.values[slotOf(part)] ?? 0)
    return value
  }

  write(info: FieldInfo, value: Value): void {
    const { view } = info
    if (view === undefined) this.values[slotOf(info)] = info.wide ? BigInt(value) : Number(value)
    else if (view.of.length === 1 && view.of[0] !== undefined) {
      const slot = slotOf(view.of[0])
      const kept = Number(this.values[slot]) & ~move(Number(info.ones), view.shift)
      this.values[slot] = (kept | move(Number(value), view.shift) | view.set) >>> 0
    } else {
      let rest = BigInt(value)
      for (const part of [...view.of].reverse()) {
        this.values[slotOf(part)] = Number(rest & 0xffffffffn)
        rest >>= 32n
      }
    }
    if (info === VLAN_TCI || view?.of[0] === VLAN_TCI) this.#fixTpid()
  }

  /** A tag that appears is an 802.1Q one; one that goes leaves no type behind. */
  #fixTpid(): void {
    const tagged = (Number(this.values[slotOf(VLAN_TCI)]) & VLAN_PRESENT) !== 0
    if (!tagged) this.setHidden('vlan_tpid', 0)
    else if (this.hidden('vlan_tpid') === 0) this.setHidden('vlan_tpid', DOT1Q)
  }

  readBits(sub: Subfield): Value {
    return bitsOf(this.read(fieldInfo(sub.field)), sub.ofs, sub.n_bits)
  }

  writeBits(sub: Subfield, bits: Value): void {
    const info = fieldInfo(sub.field)
    const value = withBits(this.read(info), sub.ofs, sub.n_bits, bits)
    // Actions see 16 bits of a port number, of which the reserved ones stand for those of 32.
    const short = info.format === 'port' && info.subfieldBits < info.bits
    this.write(info, short ? widenPort(Number(value) & 0xffff) : value)
  }

  /** What the packet is, as prerequisites ask. */
  kind(): PacketKind {
    const kind = new PacketKind()
    for (const place of NOTED) place.note?.(kind, Number(this.values[place.index]), Number(place.ones))
    return kind
  }

  equals(other: Packet): boolean {
    for (let slot = 0; slot < this.values.length; slot++) if (this.values[slot] !== other.values[slot]) return false
    return true
  }
}

/** The places on which prerequisites depend. */
const NOTED = [...new Set(FIELD_INFOS.map((info) => info.place))].filter((place) => place.note !== undefined)

/** A packet with these fields; the rest is zero. Fields may be views. */
export function packetOf(fields: { readonly [F in FieldName]?: ValueOf<F> }): Packet {
  const packet = new Packet()
  for (const [name, value] of Object.entries(fields) as [FieldName, Value | undefined][]) {
    if (value !== undefined) packet.write(fieldInfo(name), value)
  }
  return packet
}

/** What a switch knows of a packet beside what is in it. */
const METADATA = FIELD_INFOS.filter(
  ({ name, view }) =>
    view === undefined &&
    /^(in_port|actset_output|metadata|reg\d+|skb_priority|pkt_mark|recirc_id|dp_hash|conj_id|ct_.*|tun_.*)$/.test(name),
)

/** The packet as the next switch gets it: without what this one knew of it, its tunnel included. */
export function withoutMetadata(packet: Packet): Packet {
  const bare = packet.clone()
  for (const info of METADATA) bare.write(info, info.wide ? 0n : 0)
  return bare
}

/** A packet from its bytes, with the port through which it comes. */
export function packetOfBytes(bytes: Uint8Array, inPort: number): Packet {
  const { fields, vlans, mpls } = extractFields(bytes)
  const packet = new Packet()
  for (const [name, value] of Object.entries(fields) as [FieldName, Value | undefined][]) {
    if (value !== undefined) packet.write(fieldInfo(name), value)
  }
  const inner = vlans[1]
  if (inner !== undefined) {
    packet.setHidden('vlan_tci1', inner)
    packet.setHidden('vlan_tpid1', DOT1Q)
  }
  packet.setHidden('mpls_lse1', mpls[1] ?? 0)
  packet.setHidden('mpls_lse2', mpls[2] ?? 0)
  return packet.set('in_port', inPort)
}
