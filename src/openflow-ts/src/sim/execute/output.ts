import { PORTS, widenPort } from '../../ports.js'
import { fieldInfo } from '../../spec/registry.js'
import { formatPort } from '../../text/ports.js'
import type { Executors, Here, Translation } from '../translation.js'
import { consultBits } from './fields.js'
import { normal } from './normal.js'
import { emit, packetIn } from './send.js'

const ALL_BYTES = 0xffff

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
