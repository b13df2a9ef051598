import { type LayoutValue, pad, u32, u64 } from '../layout.js'
import { struct } from '../struct.js'

/** Of a bridge's exporter, or of one collector set. */
export const ipfixStats = struct({
  total_flows: u64,
  current_flows: u64,
  pkts: u64,
  ipv4_pkts: u64,
  ipv6_pkts: u64,
  error_pkts: u64,
  ipv4_error_pkts: u64,
  ipv6_error_pkts: u64,
  tx_pkts: u64,
  tx_errors: u64,
  collector_set_id: u32,
  _1: pad(4),
})
export type IpfixStats = LayoutValue<typeof ipfixStats>
