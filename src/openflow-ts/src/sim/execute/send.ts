import { tunnelEnd } from '../facts.js'
import type { Effect } from '../result.js'
import type { SimPort } from '../switch.js'
import type { Translation } from '../translation.js'

type Controller = Extract<Effect, { type: 'controller' }>

/** Sends the packet to a controller. From a table-miss flow this is a miss, not an action. */
export function packetIn(t: Translation, given: Omit<Controller, 'type' | 'packet' | 'cookie' | 'recirc_id'>): void {
  const { flow } = t
  const miss = given.reason === 'action' && flow?.priority === 0 && flow.match.length === 0
  const reason = miss ? 'explicit_miss' : given.reason
  const cookie = flow?.cookie ?? 0n
  const recirc_id = given.pause === true ? 0 : t.ids.next++
  t.effects.push({ type: 'controller', ...given, reason, cookie, recirc_id, packet: t.packet.clone() })
}

/** Sends the packet through a port. */
export function emit(t: Translation, number: number, max_len?: number): void {
  const port = t.sw.ports.get(number)
  if (port === undefined) t.report('warn', 'Nonexistent output port')
  else if (port.no_fwd === true) t.report('detail', 'OFPPC_NO_FWD set, skipping output')
  else if (port.tunnel !== undefined) emitTunnelled(t, port, max_len)
  else if (t.packet.get('packet_type') !== 0) {
    t.report('warn', 'Trying to send non-Ethernet packet through legacy L2 port. Dropping packet.')
  } else t.effects.push({ type: 'output', port: number, packet: t.packet.clone(), ...truncated(max_len) })
}

const truncated = (max_len: number | undefined): { max_len?: number } => (max_len === undefined ? {} : { max_len })

function emitTunnelled(t: Translation, { port, tunnel = {} }: SimPort, max_len: number | undefined): void {
  const packet = t.packet.clone()
  for (const field of ['tun_src', 'tun_dst'] as const) {
    const value = tunnel[field]
    if (value !== undefined) packet.set(field, value)
  }
  if (tunnel.tun_id !== undefined) packet.set('tun_id', tunnel.tun_id)
  if (tunnelEnd(packet) === t.arrivedAt) {
    t.report('warn', 'Not tunneling to our own address')
    return
  }
  t.report('detail', 'output to kernel tunnel')
  t.effects.push({ type: 'output', port, packet, ...truncated(max_len) })
}
