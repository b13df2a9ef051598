import { PATCH_OFPORT, TUNNEL_OFPORTS } from '../../flows/index.js'
import type { Encapsulation, TunnelType } from '../model/kinds.js'
import { PATCH_PORTS, TUNNEL_PORTS } from '../model/reserved.js'
import type { WantedPort } from './wanted.js'

/** Ports by which a host reaches others. Whoever sends through one wants it: it is there as long as somebody does. */

/** br-int's end of each. */
export const UNDERLAY_PORTS: Readonly<Record<Encapsulation, { readonly name: string; readonly ofport: number }>> = {
  vxlan: { name: TUNNEL_PORTS.vxlan, ofport: TUNNEL_OFPORTS.vxlan },
  gre: { name: TUNNEL_PORTS.gre, ofport: TUNNEL_OFPORTS.gre },
  direct: { name: PATCH_PORTS.inner, ofport: PATCH_OFPORT },
}

export function tunnelPort(type: TunnelType): WantedPort {
  const { name, ofport } = UNDERLAY_PORTS[type]
  return {
    name,
    type,
    options: { remote_ip: 'flow', key: 'flow' },
    ofport_request: ofport,
    external_ids: { 'heddle-tunnel': type },
  }
}

/** Both ends: what one sends comes out of the other. `bridge`: that of the host's uplink; null: it has none. */
export function patchPorts(bridge: string | null): WantedPort[] {
  const { name, ofport } = UNDERLAY_PORTS.direct
  const { outer } = PATCH_PORTS
  const common = { type: 'patch', external_ids: { 'heddle-patch': 'direct' } } as const
  return [
    { ...common, name, options: { peer: outer }, ofport_request: ofport },
    { ...common, name: outer, bridge, options: { peer: name }, ofport_request: null },
  ]
}
