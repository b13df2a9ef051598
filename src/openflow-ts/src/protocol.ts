import { OF10, OF11, OF12, OF13, OF14, OF15, type OfVersion } from './version.js'

/**
 * A set of flow formats ("protocols" in ovs-ofctl(8), "Flow formats"): ways in which flows travel, as bits. A version
 * has one, but OpenFlow 1.0, whose flows go in the fixed match of the standard or as NXM, each with or without the
 * extension that names a table in a flow-mod.
 */
export type Protocols = number

interface ProtocolEntry {
  readonly name: string
  readonly bit: Protocols
  readonly version: OfVersion
}

/** One flow format each, in the order in which ovs-ofctl names them. */
export const PROTOCOLS = [
  { name: 'OpenFlow10-table_id', bit: 1, version: OF10 },
  { name: 'OpenFlow10+table_id', bit: 2, version: OF10 },
  { name: 'NXM-table_id', bit: 4, version: OF10 },
  { name: 'NXM+table_id', bit: 8, version: OF10 },
  { name: 'OpenFlow11', bit: 16, version: OF11 },
  { name: 'OXM-OpenFlow12', bit: 32, version: OF12 },
  { name: 'OXM-OpenFlow13', bit: 64, version: OF13 },
  { name: 'OXM-OpenFlow14', bit: 128, version: OF14 },
  { name: 'OXM-OpenFlow15', bit: 256, version: OF15 },
] as const satisfies readonly ProtocolEntry[]

/** The formats and sets of them that what a flow needs is said in. */
export const P = {
  NONE: 0,
  OF10_STD: 1,
  OF10_STD_TID: 2,
  OF10_NXM: 4,
  OF10_NXM_TID: 8,
  OF11_STD: 16,
  OF12_OXM: 32,
  OF13_OXM: 64,
  OF14_OXM: 128,
  OF15_OXM: 256,
  OF10_STD_ANY: 3,
  OF10_NXM_ANY: 12,
  OF10_ANY: 15,
  OXM: 480,
  NXM_OXM: 492,
  NXM_OF11_UP: 508,
  OF11_UP: 496,
  OF12_UP: 480,
  OF13_UP: 448,
  /** Formats whose flow-mods name a table. */
  TID: 506,
  ANY: 511,
} as const satisfies Readonly<Record<string, Protocols>>

/** Names of sets, tried in this order. */
const ABBREVIATIONS: readonly (readonly [name: string, set: Protocols])[] = [
  ['any', P.ANY],
  ['OpenFlow10', P.OF10_STD_ANY],
  ['NXM', P.OF10_NXM_ANY],
  ['OXM', P.OXM],
]

const NAMED: readonly (readonly [name: string, set: Protocols])[] = [
  ...ABBREVIATIONS,
  ...PROTOCOLS.map(({ name, bit }) => [name, bit] as const),
]

/** A set as ovs-ofctl prints it: `OpenFlow10,NXM+table_id`; `none` for the empty one. */
export function protocolsToString(set: Protocols): string {
  if (set === 0) return 'none'
  const names: string[] = []
  let rest = set
  for (const [name, bits] of NAMED) {
    if ((rest & bits) !== bits) continue
    names.push(name)
    rest &= ~bits
  }
  return names.join(',')
}

/** The set that one name stands for, in any case; undefined where there is none. */
export function protocolsByName(name: string): Protocols | undefined {
  const wanted = name.toLowerCase()
  return NAMED.find(([known]) => known.toLowerCase() === wanted)?.[1]
}

/** All formats of a version. */
export function protocolsOfVersion(version: OfVersion): Protocols {
  let set: Protocols = P.NONE
  for (const entry of PROTOCOLS) if (entry.version === version) set |= entry.bit
  return set
}

/** The format with the lowest bit of a set that is not empty: the one that ovs-ofctl chooses. */
export const firstProtocol = (set: Protocols): Protocols => set & -set

/** The version to which one format belongs. */
export function versionOfProtocol(protocol: Protocols): OfVersion {
  const entry = PROTOCOLS.find(({ bit }) => bit === protocol)
  if (entry === undefined) throw new RangeError(`${protocol} is not one flow format`)
  return entry.version
}

/** The format of the same kind that does, or does not, name tables in flow-mods. */
export function withTableId(protocol: Protocols, enable: boolean): Protocols {
  if ((protocol & P.OF10_STD_ANY) !== 0) return enable ? P.OF10_STD_TID : P.OF10_STD
  if ((protocol & P.OF10_NXM_ANY) !== 0) return enable ? P.OF10_NXM_TID : P.OF10_NXM
  return protocol
}
