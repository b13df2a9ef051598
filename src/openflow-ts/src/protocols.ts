import { OF10, OF11, OF12, OF13, OF14, OF15, type OfVersion } from './version.js'

/**
 * Protocols: a version of OpenFlow, and for 1.0 whether matches are NXM and whether flow-mods name their table. A set
 * of them is a number, the sum of its members. Values and names are OFPUTIL_P_* of OVS.
 */
export type Protocols = number

const OF10_STD = 1 << 0
const OF10_STD_TID = 1 << 1
const OF10_NXM = 1 << 2
const OF10_NXM_TID = 1 << 3
const OF11_STD = 1 << 4
const OF12_OXM = 1 << 5
const OF13_OXM = 1 << 6
const OF14_OXM = 1 << 7
const OF15_OXM = 1 << 8

const OF10_ANY = OF10_STD | OF10_STD_TID | OF10_NXM | OF10_NXM_TID
const OF15_UP = OF15_OXM
const OF14_UP = OF14_OXM | OF15_UP
const OF13_UP = OF13_OXM | OF14_UP
const OF12_UP = OF12_OXM | OF13_UP
const OF11_UP = OF11_STD | OF12_UP

export const PROTOCOLS = {
  NONE: 0,
  OF10_STD,
  OF10_STD_TID,
  OF10_NXM,
  OF10_NXM_TID,
  OF11_STD,
  OF12_OXM,
  OF13_OXM,
  OF14_OXM,
  OF15_OXM,
  OF10_ANY,
  OF10_STD_ANY: OF10_STD | OF10_STD_TID,
  OF10_NXM_ANY: OF10_NXM | OF10_NXM_TID,
  OF11_UP,
  OF12_UP,
  OF13_UP,
  OF14_UP,
  OF15_UP,
  NXM_OXM_ANY: OF10_NXM | OF10_NXM_TID | OF12_UP,
  NXM_OF11_UP: OF10_NXM | OF10_NXM_TID | OF11_UP,
  /** Protocols whose flow-mods name a table. */
  TID: OF10_STD_TID | OF10_NXM_TID | OF11_UP,
  ANY: OF10_ANY | OF11_UP,
} as const

/** A flow format, as `ovs-ofctl -F` names it. */
export interface FormatEntry {
  readonly name: string
  readonly protocol: Protocols
  readonly version: OfVersion
}

/** Every single protocol, by the name that ovs-ofctl gives it as a flow format. */
export const FLOW_FORMATS: readonly FormatEntry[] = [
  { name: 'OpenFlow10-table_id', protocol: OF10_STD, version: OF10 },
  { name: 'OpenFlow10+table_id', protocol: OF10_STD_TID, version: OF10 },
  { name: 'NXM-table_id', protocol: OF10_NXM, version: OF10 },
  { name: 'NXM+table_id', protocol: OF10_NXM_TID, version: OF10 },
  { name: 'OpenFlow11', protocol: OF11_STD, version: OF11 },
  { name: 'OXM-OpenFlow12', protocol: OF12_OXM, version: OF12 },
  { name: 'OXM-OpenFlow13', protocol: OF13_OXM, version: OF13 },
  { name: 'OXM-OpenFlow14', protocol: OF14_OXM, version: OF14 },
  { name: 'OXM-OpenFlow15', protocol: OF15_OXM, version: OF15 },
]

/** Names of sets; the first that fits is printed. */
const NAMED: readonly (readonly [name: string, set: Protocols])[] = [
  ['any', PROTOCOLS.ANY],
  ['OpenFlow10', PROTOCOLS.OF10_STD_ANY],
  ['NXM', PROTOCOLS.OF10_NXM_ANY],
  ['OXM', OF12_UP],
  ...FLOW_FORMATS.map(({ name, protocol }) => [name, protocol] as const),
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
  let set: Protocols = PROTOCOLS.NONE
  for (const entry of FLOW_FORMATS) if (entry.version === version) set |= entry.protocol
  return set
}

/** The format with the lowest bit of a set that is not empty: the one that ovs-ofctl chooses. */
export const firstProtocol = (set: Protocols): Protocols => set & -set

/** The version to which one format belongs. */
export function versionOfProtocol(protocol: Protocols): OfVersion {
  const entry = FLOW_FORMATS.find((one) => one.protocol === protocol)
  if (entry === undefined) throw new RangeError(`${protocol} is not one flow format`)
  return entry.version
}

/** The format of the same kind that does, or does not, name tables in flow-mods. */
export function withTableId(protocol: Protocols, enable: boolean): Protocols {
  if ((protocol & PROTOCOLS.OF10_STD_ANY) !== 0) return enable ? PROTOCOLS.OF10_STD_TID : PROTOCOLS.OF10_STD
  if ((protocol & PROTOCOLS.OF10_NXM_ANY) !== 0) return enable ? PROTOCOLS.OF10_NXM_TID : PROTOCOLS.OF10_NXM
  return protocol
}
