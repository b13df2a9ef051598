import { FatalError } from './errors.js'

const LEVELS = ['off', 'emer', 'err', 'warn', 'info', 'dbg']
const DESTINATIONS = ['syslog', 'console', 'file']
const FACILITIES = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'clock', 'ftp', 'ntp', 'audit', 'alert',
  'clock2', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
]

/** Modules that log in every program. We have no log, and only refuse what the program that we stand in for refuses. */
const MODULES = `
  backtrace bundle command_line conntrack conntrack_tp coverage ct_dpif daemon daemon_unix dns_resolve dpdk
  dpif dpif_lookup_autovalidator dpif_lookup_generic dpif_mfex_extract_study dpif_netdev dpif_netdev_extract
  dpif_netdev_impl dpif_netdev_lookup dpif_netlink dpif_netlink_rtnl entropy fatal_signal flow hmap ipf
  jsonrpc lockfile meta_flow native_tnl netdev netdev_afxdp netdev_linux netdev_offload netdev_offload_tc
  netdev_vport netlink netlink_conntrack netlink_notifier netlink_socket nx_match odp_execute odp_execute_impl
  odp_util ofp_actions ofp_bundle ofp_connection ofp_errors ofp_flow ofp_group ofp_match ofp_meter ofp_monitor
  ofp_msgs ofp_packet ofp_port ofp_protocol ofp_queue ofp_table ofp_util ovs_numa ovs_rcu ovs_replay
  ovs_router ovs_thread ovsdb_cs ovsdb_error ovsdb_idl ox_stat pmd_perf poll_loop process reconnect
  route_table sha1 signals socket_util socket_util_unix stream stream_fd stream_replay stream_ssl stream_tcp
  stream_unix svec tc timeval unixctl userspace_tso util uuid vlog
`.trim().split(/\s+/)

const WORDS = new Set(['any', ...LEVELS, ...DESTINATIONS, ...MODULES])

function complain(spec: string, what: string): never {
  throw new FatalError(`processing "${spec}": ${what}`)
}

/** Checks the argument of -v. `modules` log in this program only. @throws FatalError on words that it does not know */
export function checkLogSpec(spec: string, modules: readonly string[]): void {
  const [, kind, argument = ''] = /^(PATTERN|FACILITY):([^:]*)/i.exec(spec) ?? []
  if (kind?.toUpperCase() === 'FACILITY') {
    if (!FACILITIES.includes(argument)) complain(spec, 'invalid facility')
  } else if (kind !== undefined) {
    if (argument !== 'any' && !DESTINATIONS.includes(argument)) complain(spec, `unknown destination "${argument}"`)
  } else {
    for (const word of spec.split(/[ :,]+/)) {
      const name = word.toLowerCase().replaceAll('-', '_')
      const known = name === '' || WORDS.has(name) || modules.includes(name)
      if (!known) complain(spec, `no destination, level, or module "${word}"`)
    }
  }
}
