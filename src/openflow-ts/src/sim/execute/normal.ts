import { fieldInfo } from '../../spec/registry.js'
import type { Translation } from '../translation.js'
import { emit } from './send.js'

const VLAN_PRESENT = 0x1000
const VID = 0xfff

/** 01:80:c2:00:00:00 to 0f: for bridges alone, never forwarded. */
const isReserved = (mac: bigint): boolean => mac >> 4n === 0x0180c2000000n >> 4n

/**
 * NORMAL, as a switch whose ports are all trunks of all VLANs: to the port behind which the destination is known, or
 * else to all. Nothing is learned.
 */
export function normal(t: Translation): void {
  const p = t.packet
  for (const name of ['eth_src', 'eth_dst', 'vlan_tci'] as const) t.consult(fieldInfo(name))
  const inPort = p.get('in_port')
  if (!t.sw.ports.has(inPort)) {
    t.report('warn', 'no input bundle, dropping')
    return
  }
  if (isReserved(p.get('eth_dst'))) {
    t.report('detail', 'packet has reserved destination MAC, dropping')
    return
  }
  const saved = p.clone()
  const tci = p.get('vlan_tci')
  // A tag that holds nothing but "untagged" is not sent.
  if (tci === VLAN_PRESENT) p.set('vlan_tci', 0)
  forward(t, inPort, (tci & VLAN_PRESENT) === 0 ? 0 : tci & VID)
  t.packet = saved
}

function forward(t: Translation, inPort: number, vlan: number): void {
  const learned = t.sw.learnedPort(t.packet.get('eth_dst'), vlan)
  if (learned === inPort) t.report('detail', 'learned port is input port, dropping')
  else if (learned !== undefined) {
    t.report('detail', 'forwarding to learned port')
    emit(t, learned)
  } else {
    t.report('detail', 'no learned MAC for destination, flooding')
    for (const { port, no_flood } of t.sw.ports.values()) if (port !== inPort && no_flood !== true) emit(t, port)
  }
}
