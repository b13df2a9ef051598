import { OF10, OF11, OF12, OF13, OF14, OF15, type OfVersion } from '../version.js'

/** Whose message it is, and whether it is a multipart: the beginning of its name. */
export type Family = 'OFPT' | 'NXT' | 'ONFT' | 'OFPST' | 'NXST' | 'ONFST'

/**
 * One form of a message on the wire: versions, number, length. A type that changed with the versions, or that an
 * extension brought first, has several.
 */
export interface Raw {
  /** The name in `Message`. */
  readonly type: string
  /** As ovs-ofctl prints it: `OFPT_FLOW_MOD`, `NXST_FLOW reply`. */
  readonly name: string
  readonly family: Family
  readonly from: number
  readonly to: number
  /** OFPT_*, OFPMP_*, or the subtype of an extension. */
  readonly number: number
  /** The fewest bytes behind the header, and by how many steps they may be more; step 0: never. */
  readonly least: number
  readonly step: number
  readonly direction: 'request' | 'reply' | undefined
}

/** The specification promises these to stay the same in all versions, also those to come. */
const LAST_VERSION = 0xff

type Row = readonly [
  family: Family,
  type: string,
  from: OfVersion,
  to: number,
  number: number,
  least: number,
  step: number,
  name?: string,
]

/**
 * All forms of messages that OVS knows. Where a version has several of one type, the first is the one that is sent
 * unless a message names another.
 */
const ROWS: readonly Row[] = [
  ['OFPT', 'HELLO', OF10, LAST_VERSION, 0, 0, 1],
  ['OFPT', 'ERROR', OF10, LAST_VERSION, 1, 4, 1],
  ['OFPT', 'ECHO_REQUEST', OF10, LAST_VERSION, 2, 0, 1],
  ['OFPT', 'ECHO_REPLY', OF10, LAST_VERSION, 3, 0, 1],
  ['OFPT', 'FEATURES_REQUEST', OF10, OF15, 5, 0, 0],
  ['OFPT', 'FEATURES_REPLY', OF10, OF10, 6, 24, 48],
  ['OFPT', 'FEATURES_REPLY', OF11, OF12, 6, 24, 64],
  ['OFPT', 'FEATURES_REPLY', OF13, OF15, 6, 24, 0],
  ['OFPT', 'GET_CONFIG_REQUEST', OF10, OF15, 7, 0, 0],
  ['OFPT', 'GET_CONFIG_REPLY', OF10, OF15, 8, 4, 0],
  ['OFPT', 'SET_CONFIG', OF10, OF15, 9, 4, 0],
  ['OFPT', 'PACKET_IN', OF10, OF10, 10, 10, 1],
  ['OFPT', 'PACKET_IN', OF11, OF11, 10, 16, 1],
  ['OFPT', 'PACKET_IN', OF12, OF12, 10, 8, 1],
  ['OFPT', 'PACKET_IN', OF13, OF15, 10, 16, 1],
  ['NXT', 'PACKET_IN', OF10, OF15, 17, 24, 1],
  ['NXT', 'PACKET_IN', OF10, OF15, 30, 0, 8, 'PACKET_IN2'],
  ['OFPT', 'FLOW_REMOVED', OF10, OF10, 11, 80, 0],
  ['OFPT', 'FLOW_REMOVED', OF11, OF14, 11, 40, 8],
  ['OFPT', 'FLOW_REMOVED', OF15, OF15, 11, 16, 8],
  ['NXT', 'FLOW_REMOVED', OF10, OF15, 14, 40, 8],
  ['OFPT', 'PORT_STATUS', OF10, OF10, 12, 56, 0],
  ['OFPT', 'PORT_STATUS', OF11, OF13, 12, 72, 0],
  ['OFPT', 'PORT_STATUS', OF14, OF15, 12, 48, 8],
  ['OFPT', 'PACKET_OUT', OF10, OF10, 13, 8, 1],
  ['OFPT', 'PACKET_OUT', OF11, OF14, 13, 16, 1],
  ['OFPT', 'PACKET_OUT', OF15, OF15, 13, 8, 1],
  ['OFPT', 'FLOW_MOD', OF10, OF10, 14, 64, 8],
  ['OFPT', 'FLOW_MOD', OF11, OF15, 14, 40, 8],
  ['NXT', 'FLOW_MOD', OF10, OF15, 13, 32, 8],
  ['OFPT', 'GROUP_MOD', OF11, OF14, 15, 8, 8],
  ['OFPT', 'GROUP_MOD', OF15, OF15, 15, 16, 8],
  ['NXT', 'GROUP_MOD', OF10, OF10, 31, 16, 8],
  ['OFPT', 'PORT_MOD', OF10, OF10, 15, 24, 0],
  ['OFPT', 'PORT_MOD', OF11, OF13, 16, 32, 0],
  ['OFPT', 'PORT_MOD', OF14, OF15, 16, 24, 8],
  ['OFPT', 'TABLE_MOD', OF11, OF13, 17, 8, 0],
  ['OFPT', 'TABLE_MOD', OF14, OF15, 17, 8, 8],
  ['OFPT', 'BARRIER_REQUEST', OF10, OF10, 18, 0, 0],
  ['OFPT', 'BARRIER_REQUEST', OF11, OF15, 20, 0, 0],
  ['OFPT', 'BARRIER_REPLY', OF10, OF10, 19, 0, 0],
  ['OFPT', 'BARRIER_REPLY', OF11, OF15, 21, 0, 0],
  ['OFPT', 'QUEUE_GET_CONFIG_REQUEST', OF10, OF10, 20, 4, 0],
  ['OFPT', 'QUEUE_GET_CONFIG_REQUEST', OF11, OF13, 22, 8, 0],
  ['OFPT', 'QUEUE_GET_CONFIG_REPLY', OF10, OF10, 21, 8, 8],
  ['OFPT', 'QUEUE_GET_CONFIG_REPLY', OF11, OF13, 23, 8, 8],
  ['OFPT', 'ROLE_REQUEST', OF12, OF15, 24, 16, 0],
  ['NXT', 'ROLE_REQUEST', OF10, OF15, 10, 4, 0],
  ['OFPT', 'ROLE_REPLY', OF12, OF15, 25, 16, 0],
  ['NXT', 'ROLE_REPLY', OF10, OF15, 11, 4, 0],
  ['OFPT', 'GET_ASYNC_REQUEST', OF13, OF15, 26, 0, 0],
  ['OFPT', 'GET_ASYNC_REPLY', OF13, OF13, 27, 24, 0],
  ['OFPT', 'GET_ASYNC_REPLY', OF14, OF15, 27, 0, 8],
  ['OFPT', 'SET_ASYNC_CONFIG', OF13, OF13, 28, 24, 0, 'SET_ASYNC'],
  ['OFPT', 'SET_ASYNC_CONFIG', OF14, OF15, 28, 0, 8, 'SET_ASYNC'],
  ['NXT', 'SET_ASYNC_CONFIG', OF10, OF15, 19, 24, 0],
  ['NXT', 'SET_ASYNC_CONFIG', OF10, OF13, 27, 0, 8, 'SET_ASYNC_CONFIG2'],
  ['OFPT', 'METER_MOD', OF13, OF15, 29, 8, 8],
  ['OFPT', 'ROLE_STATUS', OF14, OF15, 30, 16, 8],
  ['ONFT', 'ROLE_STATUS', OF13, OF13, 1911, 16, 8],
  ['OFPT', 'TABLE_STATUS', OF14, OF15, 31, 8, 8],
  ['OFPT', 'REQUESTFORWARD', OF14, OF15, 32, 8, 8],
  ['ONFT', 'REQUESTFORWARD', OF13, OF13, 2350, 8, 8],
  ['NXT', 'REQUESTFORWARD', OF10, OF12, 132, 8, 8],
  ['OFPT', 'BUNDLE_CONTROL', OF14, OF15, 33, 8, 8],
  ['ONFT', 'BUNDLE_CONTROL', OF13, OF13, 2300, 8, 8],
  ['OFPT', 'BUNDLE_ADD_MESSAGE', OF14, OF15, 34, 8, 1],
  ['ONFT', 'BUNDLE_ADD_MESSAGE', OF13, OF13, 2301, 8, 1],

  ['NXT', 'SET_FLOW_FORMAT', OF10, OF10, 12, 4, 0],
  ['NXT', 'FLOW_MOD_TABLE_ID', OF10, OF15, 15, 8, 0],
  ['NXT', 'SET_PACKET_IN_FORMAT', OF10, OF15, 16, 4, 0],
  ['NXT', 'FLOW_AGE', OF10, OF15, 18, 0, 0],
  ['NXT', 'SET_CONTROLLER_ID', OF10, OF15, 20, 8, 0],
  ['NXT', 'FLOW_MONITOR_CANCEL', OF10, OF12, 21, 4, 0],
  ['ONFT', 'FLOW_MONITOR_CANCEL', OF13, OF13, 1870, 4, 0],
  ['NXT', 'FLOW_MONITOR_PAUSED', OF10, OF12, 22, 0, 0],
  ['ONFT', 'FLOW_MONITOR_PAUSED', OF13, OF13, 1871, 0, 0],
  ['NXT', 'FLOW_MONITOR_RESUMED', OF10, OF12, 23, 0, 0],
  ['ONFT', 'FLOW_MONITOR_RESUMED', OF13, OF13, 1872, 0, 0],
  ['NXT', 'TLV_TABLE_MOD', OF10, OF15, 24, 8, 8],
  ['NXT', 'TLV_TABLE_REQUEST', OF10, OF15, 25, 0, 0],
  ['NXT', 'TLV_TABLE_REPLY', OF10, OF15, 26, 16, 8],
  ['NXT', 'RESUME', OF10, OF15, 28, 0, 8],
  ['NXT', 'CT_FLUSH_ZONE', OF10, OF15, 29, 8, 0],
  ['NXT', 'CT_FLUSH', OF10, OF15, 32, 8, 8],

  ['OFPST', 'DESC_STATS_REQUEST', OF10, OF15, 0, 0, 0],
  ['OFPST', 'DESC_STATS_REPLY', OF10, OF15, 0, 1056, 0],
  ['OFPST', 'FLOW_STATS_REQUEST', OF10, OF10, 1, 44, 0],
  ['OFPST', 'FLOW_STATS_REQUEST', OF11, OF15, 1, 32, 8],
  ['NXST', 'FLOW_STATS_REQUEST', OF10, OF10, 0, 8, 8],
  ['OFPST', 'FLOW_STATS_REPLY', OF10, OF15, 1, 0, 1],
  ['NXST', 'FLOW_STATS_REPLY', OF10, OF10, 0, 0, 1],
  ['OFPST', 'AGGREGATE_STATS_REQUEST', OF10, OF10, 2, 44, 0],
  ['OFPST', 'AGGREGATE_STATS_REQUEST', OF11, OF15, 2, 32, 8],
  ['NXST', 'AGGREGATE_STATS_REQUEST', OF10, OF10, 1, 8, 8],
  ['OFPST', 'AGGREGATE_STATS_REPLY', OF10, OF14, 2, 24, 0],
  ['OFPST', 'AGGREGATE_STATS_REPLY', OF15, OF15, 2, 0, 1],
  ['NXST', 'AGGREGATE_STATS_REPLY', OF10, OF10, 1, 24, 0],
  ['OFPST', 'TABLE_STATS_REQUEST', OF10, OF15, 3, 0, 0],
  ['OFPST', 'TABLE_STATS_REPLY', OF10, OF10, 3, 0, 64],
  ['OFPST', 'TABLE_STATS_REPLY', OF11, OF11, 3, 0, 88],
  ['OFPST', 'TABLE_STATS_REPLY', OF12, OF12, 3, 0, 128],
  ['OFPST', 'TABLE_STATS_REPLY', OF13, OF15, 3, 0, 24],
  ['OFPST', 'PORT_STATS_REQUEST', OF10, OF15, 4, 8, 0],
  ['OFPST', 'PORT_STATS_REPLY', OF10, OF12, 4, 0, 104],
  ['OFPST', 'PORT_STATS_REPLY', OF13, OF13, 4, 0, 112],
  ['OFPST', 'PORT_STATS_REPLY', OF14, OF15, 4, 0, 8],
  ['OFPST', 'QUEUE_STATS_REQUEST', OF10, OF15, 5, 8, 0],
  ['OFPST', 'QUEUE_STATS_REPLY', OF10, OF12, 5, 0, 32],
  ['OFPST', 'QUEUE_STATS_REPLY', OF13, OF13, 5, 0, 40],
  ['OFPST', 'QUEUE_STATS_REPLY', OF14, OF15, 5, 0, 8],
  ['OFPST', 'GROUP_STATS_REQUEST', OF11, OF15, 6, 8, 0],
  ['NXST', 'GROUP_STATS_REQUEST', OF10, OF10, 7, 8, 0],
  ['OFPST', 'GROUP_STATS_REPLY', OF11, OF15, 6, 0, 8],
  ['NXST', 'GROUP_STATS_REPLY', OF10, OF10, 7, 0, 8],
  ['OFPST', 'GROUP_DESC_STATS_REQUEST', OF11, OF14, 7, 0, 0],
  ['OFPST', 'GROUP_DESC_STATS_REQUEST', OF15, OF15, 7, 8, 0],
  ['NXST', 'GROUP_DESC_STATS_REQUEST', OF10, OF10, 8, 8, 0],
  ['OFPST', 'GROUP_DESC_STATS_REPLY', OF11, OF15, 7, 0, 8],
  ['NXST', 'GROUP_DESC_STATS_REPLY', OF10, OF10, 8, 0, 8],
  ['OFPST', 'GROUP_FEATURES_STATS_REQUEST', OF12, OF15, 8, 0, 0],
  ['NXST', 'GROUP_FEATURES_STATS_REQUEST', OF10, OF11, 9, 0, 0],
  ['OFPST', 'GROUP_FEATURES_STATS_REPLY', OF12, OF15, 8, 40, 0],
  ['NXST', 'GROUP_FEATURES_STATS_REPLY', OF10, OF11, 9, 40, 0],
  ['OFPST', 'METER_STATS_REQUEST', OF13, OF15, 9, 8, 0],
  ['OFPST', 'METER_STATS_REPLY', OF13, OF15, 9, 0, 8],
  ['OFPST', 'METER_CONFIG_STATS_REQUEST', OF13, OF15, 10, 8, 0],
  ['OFPST', 'METER_CONFIG_STATS_REPLY', OF13, OF15, 10, 0, 8],
  ['OFPST', 'METER_FEATURES_STATS_REQUEST', OF13, OF15, 11, 0, 0],
  ['OFPST', 'METER_FEATURES_STATS_REPLY', OF13, OF15, 11, 16, 0],
  ['OFPST', 'TABLE_FEATURES_STATS_REQUEST', OF13, OF15, 12, 0, 8],
  ['OFPST', 'TABLE_FEATURES_STATS_REPLY', OF13, OF15, 12, 64, 8],
  ['OFPST', 'PORT_DESC_STATS_REQUEST', OF10, OF14, 13, 0, 0],
  ['OFPST', 'PORT_DESC_STATS_REQUEST', OF15, OF15, 13, 8, 0],
  ['OFPST', 'PORT_DESC_STATS_REPLY', OF10, OF10, 13, 0, 48],
  ['OFPST', 'PORT_DESC_STATS_REPLY', OF11, OF13, 13, 0, 64],
  ['OFPST', 'PORT_DESC_STATS_REPLY', OF14, OF15, 13, 0, 8],
  ['OFPST', 'TABLE_DESC_REQUEST', OF14, OF15, 14, 0, 0],
  ['OFPST', 'TABLE_DESC_REPLY', OF14, OF15, 14, 8, 8],
  ['OFPST', 'QUEUE_DESC_REQUEST', OF14, OF15, 15, 8, 0],
  ['OFPST', 'QUEUE_DESC_REPLY', OF14, OF15, 15, 0, 8],
  ['OFPST', 'FLOW_MONITOR_STATS_REQUEST', OF14, OF15, 16, 0, 8],
  ['ONFST', 'FLOW_MONITOR_STATS_REQUEST', OF13, OF13, 1870, 0, 8],
  ['NXST', 'FLOW_MONITOR_STATS_REQUEST', OF10, OF12, 2, 0, 8],
  ['OFPST', 'FLOW_MONITOR_STATS_REPLY', OF14, OF15, 16, 0, 8],
  ['ONFST', 'FLOW_MONITOR_STATS_REPLY', OF13, OF13, 1870, 0, 8],
  ['NXST', 'FLOW_MONITOR_STATS_REPLY', OF10, OF12, 2, 0, 8],
  ['NXST', 'IPFIX_BRIDGE_STATS_REQUEST', OF10, OF15, 3, 0, 0],
  ['NXST', 'IPFIX_BRIDGE_STATS_REPLY', OF10, OF15, 3, 88, 0],
  ['NXST', 'IPFIX_FLOW_STATS_REQUEST', OF10, OF15, 4, 0, 0],
  ['NXST', 'IPFIX_FLOW_STATS_REPLY', OF10, OF15, 4, 0, 88],
]

function rawOf([family, type, from, to, number, least, step, name]: Row): Raw {
  const common = { type, family, from, to, number, least, step }
  if (!family.endsWith('ST')) return { ...common, name: `${family}_${name ?? type}`, direction: undefined }
  const [, stem = '', ending = ''] = /^(.*?)(?:_STATS)?_(REQUEST|REPLY)$/.exec(type) ?? []
  const direction = ending === 'REQUEST' ? 'request' : 'reply'
  return { ...common, name: `${family}_${stem} ${direction}`, direction }
}

export const RAWS: readonly Raw[] = ROWS.map(rawOf)

/** Experimenter numbers of the extensions. */
export const VENDORS: Readonly<Record<Family, number>> = {
  OFPT: 0,
  NXT: 0x00002320,
  ONFT: 0x4f4e4600,
  OFPST: 0,
  NXST: 0x00002320,
  ONFST: 0x4f4e4600,
}
