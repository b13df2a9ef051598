import { OF10, OF11, OF12, OF13, OF14 } from '../../version.js'
import { FLOW_REMOVED_REASONS } from '../spec/flow-removed.js'
import { ASYNC_EVENTS, asyncMask, type AsyncEvent, ROLE_REASONS } from '../spec/controller.js'
import { PACKET_IN_REASONS } from '../spec/packet-reasons.js'
import { PORT_REASONS } from '../spec/port.js'
import { FRAGMENTS, FRAGMENTS_MASK, INVALID_TTL_TO_CONTROLLER } from '../spec/switch.js'
import { TABLE_REASONS } from '../spec/table.js'
import type { MessageOf, MultipartEntry } from '../table.js'
import { actionNames } from './action-bits.js'
import { bitNames } from './common.js'
import { printPortList } from './port.js'

/** OFPC_* with the versions that have them. What is not known is not shown. */
const CAPABILITIES: readonly (readonly [name: string, bit: number, from: number, to: number])[] = [
  ['FLOW_STATS', 1 << 0, OF10, Infinity],
  ['TABLE_STATS', 1 << 1, OF10, Infinity],
  ['PORT_STATS', 1 << 2, OF10, Infinity],
  ['STP', 1 << 3, OF10, OF10],
  ['GROUP_STATS', 1 << 3, OF11, Infinity],
  ['IP_REASM', 1 << 5, OF10, Infinity],
  ['QUEUE_STATS', 1 << 6, OF10, Infinity],
  ['ARP_MATCH_IP', 1 << 7, OF10, OF11],
  ['PORT_BLOCKED', 1 << 8, OF12, Infinity],
  ['BUNDLES', 1 << 9, OF14, Infinity],
  ['FLOW_MONITORING', 1 << 10, OF14, Infinity],
]

function capabilities(bits: number, version: number): string {
  const known = CAPABILITIES.filter(([, , from, to]) => from <= version && version <= to)
  const table = Object.fromEntries(known.map(([name, bit]) => [name, bit]))
  return bitNames(bits & known.reduce((all, [, bit]) => all | bit, 0), table)
}

function actionsLine(bits: number): string {
  const names = actionNames(bits, OF10)
  return names.length === 0 ? '' : `actions: ${names.join(' ')}\n`
}

export function printSwitch(m: MessageOf<'FEATURES_REPLY'>): string {
  const { version = OF10, auxiliary_id = 0, reserved = 0, ports = [] } = m
  return (
    ` dpid:${m.datapath_id.toString(16).padStart(16, '0')}\n` +
    `n_tables:${m.n_tables}, n_buffers:${m.n_buffers}${auxiliary_id === 0 ? '' : `, auxiliary_id:${auxiliary_id}`}\n` +
    `capabilities: ${capabilities(m.capabilities, version)}\n` +
    (version === OF10 ? actionsLine(reserved) : '') +
    printPortList(ports, version)
  )
}

const FRAGMENT_NAMES = Object.keys(FRAGMENTS)

export function printConfig(m: MessageOf<'SET_CONFIG'> | MessageOf<'GET_CONFIG_REPLY'>): string {
  const { flags, version = OF10 } = m
  const bits = typeof flags === 'number' ? flags : FRAGMENTS[flags]
  const ttl = version < OF13 && (bits & INVALID_TTL_TO_CONTROLLER) !== 0 ? ' invalid_ttl_to_controller' : ''
  return ` frags=${FRAGMENT_NAMES[bits & FRAGMENTS_MASK] ?? ''}${ttl} miss_send_len=${m.miss_send_len}`
}

export const printDesc = (desc: MultipartEntry<'DESC_STATS'>): string =>
  `\nManufacturer: ${desc.mfr_desc}\nHardware: ${desc.hw_desc}\nSoftware: ${desc.sw_desc}\n` +
  `Serial Num: ${desc.serial_num}\nDP Description: ${desc.dp_desc}\n`

const REASONS: Readonly<Record<AsyncEvent, Readonly<Record<string, number>>>> = {
  packet_in: PACKET_IN_REASONS,
  port_status: PORT_REASONS,
  flow_removed: FLOW_REMOVED_REASONS,
  role_status: ROLE_REASONS,
  table_status: TABLE_REASONS,
  requestforward: { group_mod_request: 0, meter_mod_request: 1 },
}

const EVENTS = Object.keys(ASYNC_EVENTS) as AsyncEvent[]
const EVENT_WIDTH = 16

export function printAsync(m: MessageOf<'SET_ASYNC_CONFIG'> | MessageOf<'GET_ASYNC_REPLY'>): string {
  const { version = OF10 } = m
  return (['primary', 'secondary'] as const)
    .map((role) => {
      const lines = EVENTS.map((event) => {
        const mask = asyncMask(m, event, role, version)
        const names = Object.entries(REASONS[event]).filter(([, bit]) => (mask & (1 << bit)) !== 0)
        const text = mask === 0 ? ' (off)' : names.map(([name]) => ` ${name}`).join('')
        return `${event.toUpperCase().padStart(EVENT_WIDTH)}:${text}\n`
      })
      return `\n ${role}:\n${lines.join('')}`
    })
    .join('')
}
