import type { LocalNetwork, LocalPod } from './facts.js'
import { PRIORITY, REGISTERS } from './layout.js'
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
