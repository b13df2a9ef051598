import type { LocalNetwork, LocalPod } from './facts.js'
import { PRIORITY, PROBE_KEY, REGISTERS } from './layout.js'
import { acceptedFromMac, enterNetwork, type FlowTerm, gotoTable, identityFromMac } from './terms.js'

/** In: any packet. Out: metadata and identity set. A port or key that is not listed is dropped by the miss. */

export function classifyPod(pod: LocalPod): FlowTerm[] {
  return [
    {
      table: 'classify',
      priority: PRIORITY.normal,
      match: { in_port: pod.ofport },
      actions: [
        { type: 'set_field', field: REGISTERS.sender.field, value: pod.identity },
        { type: 'set_field', field: REGISTERS.zone.field, value: pod.zone },
        enterNetwork(pod.domain, pod.tunnelKey),
        gotoTable('anti_spoof'),
      ],
    },
  ]
}

/** Bytes of a probe that tell which one it is. */
const PROBE_BYTES = 64

/** Probes of the underlay end here: nothing of them reaches a pod. */
export function takeProbes(): FlowTerm[] {
  return [
    {
      table: 'classify',
      priority: PRIORITY.normal,
      match: { tun_id: BigInt(PROBE_KEY) },
      actions: [{ type: 'controller', max_len: PROBE_BYTES, reason: 'action', id: 0 }],
    },
  ]
}

/** Straight to the receiver: what came out of a tunnel (port `ofport`) never goes into one. */
export function classifyTunnel(network: LocalNetwork, ofport: number): FlowTerm[] {
  return [
    {
      table: 'classify',
      priority: PRIORITY.normal,
      match: { in_port: ofport, tun_id: BigInt(network.tunnelKey) },
      actions: [
        identityFromMac,
        acceptedFromMac,
        enterNetwork(network.domain, network.tunnelKey),
        gotoTable('receive'),
      ],
    },
  ]
}
