import { widenPort } from '../../match/oxm.js'
import { PORTS } from '../../ports.js'
import { fieldInfo } from '../../spec/registry.js'
import { formatPort } from '../../text/ports.js'
import type { Effect } from '../result.js'
import type { SimPort } from '../switch.js'
import { type Executors, type Here, type Translation, tunnelEnd } from '../translation.js'
import { consultBits } from './fields.js'
import { normal } from './normal.js'

const ALL_BYTES = 0xffff

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

function flood(t: Translation, all: boolean): void {
  const ports = [...t.sw.ports.values()].sort((a, b) => a.port - b.port)
  for (const { port, no_flood } of ports) {
    if (port !== t.packet.get('in_port') && (all || no_flood !== true)) emit(t, port)
  }
}

/** Output to a port that may be a reserved one. */
export function outputTo(t: Translation, port: number, here: Here, how: { max_len?: number; trunc?: number }): void {
  const inPort = t.packet.get('in_port')
  switch (port) {
    case PORTS.IN_PORT:
      emit(t, inPort, how.trunc)
      break
    case PORTS.TABLE:
      t.lookUp(0, { miss: true, last: false })
      break
    case PORTS.NORMAL:
      normal(t)
      break
    case PORTS.FLOOD:
    case PORTS.ALL:
      flood(t, port === PORTS.ALL)
      break
    case PORTS.CONTROLLER: {
      const reason = here.inBucket ? 'group' : t.inActionSet ? 'action_set' : 'action'
      packetIn(t, { reason, id: 0, max_len: how.max_len ?? ALL_BYTES })
      break
    }
    case PORTS.NONE:
      break
    default:
      if (port === inPort) t.report('warn', 'skipping output to input port')
      else emit(t, port, how.trunc)
  }
}

const TRUNCATABLE = (port: number): boolean => port < PORTS.MAX || port === PORTS.LOCAL || port === PORTS.IN_PORT

export const outputExecutors = {
  output(t, { port, max_len }, here) {
    outputTo(t, port, here, max_len === undefined ? {} : { max_len })
  },
  output_reg(t, { src, max_len }, here) {
    const port = t.packet.readBits(src)
    if (port > 0xffff) {
      t.report('warn', `output port ${String(port)} is out of range`)
      return
    }
    t.report('detail', `output port is ${String(port)}`)
    consultBits(t, src)
    outputTo(t, widenPort(Number(port)), here, { max_len })
  },
  output_trunc(t, { port, max_len }, here) {
    if (!TRUNCATABLE(port)) t.report('warn', `output_trunc does not support port: ${formatPort(port, {})}`)
    else if (port === t.packet.get('in_port')) t.report('warn', 'skipping output to input port')
    else if (port !== PORTS.IN_PORT && !t.sw.ports.has(port)) {
      t.report('error', `output_trunc does not support patch port ${formatPort(port, {})}`)
    } else outputTo(t, port, here, { trunc: max_len })
  },
  controller(t, action) {
    const { max_len, reason, id, userdata } = action
    const more = userdata === undefined ? {} : { userdata }
    if (action.pause !== true) packetIn(t, { reason, id, max_len, ...more })
    else {
      packetIn(t, { reason, id, max_len, ...more, pause: true })
      t.freeze('pause')
    }
  },
  enqueue(t, { port, queue_id }) {
    const inPort = t.packet.get('in_port')
    t.consult(fieldInfo('skb_priority'))
    if (port === inPort) return
    const saved = t.packet.get('skb_priority')
    t.packet.set('skb_priority', queue_id)
    emit(t, port === PORTS.IN_PORT ? inPort : port)
    t.packet.set('skb_priority', saved)
  },
} as const satisfies Executors
