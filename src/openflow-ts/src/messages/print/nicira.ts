import { type CtFlush, ctFamily, type CtTuple } from '../spec/ct-flush.js'
import type { IpfixStats } from '../spec/ipfix.js'
import type { TlvMap } from '../spec/tlv-table.js'
import type { MessageOf } from '../table.js'
import { addressText, hexOrZero } from './common.js'

const IPPROTO_ICMP = 1
const IPPROTO_ICMPV6 = 58

function printTuple(tuple: CtTuple, proto: number, family: number): string {
  const { src = 0n, dst = 0n, src_port = 0, dst_port = 0, icmp_id = 0, icmp_type = 0, icmp_code = 0 } = tuple
  const name = family === 4 ? 'ct_nw' : 'ct_ipv6'
  const addresses = `${name}_src=${addressText(src)},${name}_dst=${addressText(dst)}`
  return proto === IPPROTO_ICMP || proto === IPPROTO_ICMPV6
    ? `${addresses},icmp_id=${icmp_id},icmp_type=${icmp_type},icmp_code=${icmp_code}`
    : `${addresses},ct_tp_src=${src_port},ct_tp_dst=${dst_port}`
}

/** NXT_CT_FLUSH as ofp-print shows it. */
export function printCtFlush(flush: CtFlush): string {
  const { zone_id = 0, ip_proto = 0, orig = {}, reply = {} } = flush
  const family = ctFamily(flush)
  const [there, back] = [orig, reply].map((tuple) => printTuple(tuple, ip_proto, family))
  return ` zone=${zone_id} '${there ?? ''},ct_nw_proto=${ip_proto}' '${back ?? ''}'`
}

export const printCtFlushZone = (m: MessageOf<'CT_FLUSH_ZONE'>): string => ` zone_id=${m.zone_id}`

function printMap({ option_class, option_type, option_len, index }: TlvMap): string {
  const option = `${hexOrZero(option_class).padStart(7)}  ${hexOrZero(option_type).padStart(4)}`
  return `\n${option}  ${String(option_len).padStart(6)}  tun_metadata${index}`
}

const TABLE_HEAD = ' mapping table:\n  class  type  length  match field\n ------  ----  ------  --------------'

const printMaps = (maps: readonly TlvMap[] = []): string => TABLE_HEAD + maps.map(printMap).join('')

const COMMANDS = { add: ' ADD', delete: ' DEL', clear: ' CLEAR' } as const

/** NXT_TLV_TABLE_MOD */
export function printTlvTableMod(m: MessageOf<'TLV_TABLE_MOD'>): string {
  if (typeof m.command === 'number') return ''
  return `\n${COMMANDS[m.command]}${m.command === 'clear' ? '' : printMaps(m.mappings)}`
}

/** NXT_TLV_TABLE_REPLY, as dump-tlv-map shows it. */
export function printTlvTable(m: MessageOf<'TLV_TABLE_REPLY'>): string {
  const used = (m.mappings ?? []).reduce((sum, { option_len }) => sum + option_len, 0)
  return (
    `\n max option space=${m.max_option_space} max fields=${m.max_fields}\n` +
    ` allocated option space=${used}\n\n${printMaps(m.mappings)}`
  )
}

function printIpfix(stats: IpfixStats, indent: string): string {
  const { total_flows, current_flows, pkts, ipv4_pkts, ipv6_pkts, tx_pkts } = stats
  const { error_pkts, ipv4_error_pkts, ipv6_error_pkts, tx_errors } = stats
  return (
    `flows=${total_flows}, current flows=${current_flows}, sampled pkts=${pkts}, ` +
    `ipv4 ok=${ipv4_pkts}, ipv6 ok=${ipv6_pkts}, tx pkts=${tx_pkts}\n` +
    `${indent}pkts errs=${error_pkts}, ipv4 errs=${ipv4_error_pkts}, ipv6 errs=${ipv6_error_pkts}, ` +
    `tx errs=${tx_errors}`
  )
}

export const printIpfixBridge = (entries: readonly IpfixStats[]): string =>
  entries.map((stats) => `\n  bridge ipfix: ${printIpfix(stats, ' '.repeat(16))}\n`).join('')

export const printIpfixFlow = (entries: readonly IpfixStats[]): string => {
  const idOf = (stats: IpfixStats): string => `  id ${String(stats.collector_set_id).padStart(3)}: `
  const lines = entries.map((stats) => `${idOf(stats)}${printIpfix(stats, ' '.repeat(10))}\n`)
  return ` ${entries.length} ids\n${lines.join('')}`
}
