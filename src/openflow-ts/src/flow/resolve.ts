import type { Action } from '../action/types.js'
import { type Match, termOf } from '../match/terms.js'

/** Makes explicit what actions of OpenFlow 1.0 leave to the flow's match: the transport protocol, and whether the
 * packet has a VLAN tag. */
export function resolveActions(actions: readonly Action[], match: Match): Action[] {
  const proto = termOf(match, 'nw_proto')
  const vlan = termOf(match, 'vlan_tci')
  let tagged = vlan !== undefined && (Number(vlan[0]) & Number(vlan[1]) & 0x1000) !== 0
  const resolved: Action[] = []
  for (const action of actions) {
    switch (action.type) {
      case 'mod_tp_src':
      case 'mod_tp_dst':
        resolved.push(proto === undefined ? action : { ...action, ip_proto: Number(proto[0]) })
        break
      case 'mod_vlan_vid':
      case 'mod_vlan_pcp':
      case 'set_vlan_vid':
      case 'set_vlan_pcp':
        resolved.push(tagged ? { ...action, flow_has_vlan: true } : action)
        tagged = true
        break
      case 'push_vlan':
      case 'strip_vlan':
      case 'pop_vlan':
        tagged = action.type === 'push_vlan'
        resolved.push(action)
        break
      case 'write_actions':
      case 'clone':
      case 'ct':
        resolved.push({ ...action, actions: resolveActions(action.actions, match) })
        break
      default:
        resolved.push(action)
    }
  }
  return resolved
}
