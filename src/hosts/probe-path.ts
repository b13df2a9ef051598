import type { Action } from 'openflow-ts'
import { PROBE_KEY } from '../../flows/index.js'
import type { Compiler } from '../compile/engine.js'
import { mustParseIp } from '../model/address.js'
import type { Encapsulation } from '../model/kinds.js'
import type { HostRecord } from '../model/records.js'
import { DEFAULT_UNDERLAY_MTU, podMtu, type Underlay } from '../model/mtu.js'
import { TUNNEL_PORTS } from '../model/reserved.js'
import type { HostSession } from './host-session.js'
import { type ProbePath, sharedUnderlay } from './underlay-probe.js'

/** The way from one host to the other by a tunnel that both have; undefined where there is none at the moment. */
export function probePath(
  from: HostSession | undefined,
  to: HostSession | undefined,
  compiler: Pick<Compiler, 'ofport'>,
): ProbePath | undefined {
  if (from?.has(Infinity) !== true || to?.has(Infinity) !== true) return undefined
  for (const [encapsulation, port] of Object.entries(TUNNEL_PORTS) as [Encapsulation, string][]) {
    const ofport = compiler.ofport(from.name, port)
    if (ofport === undefined || compiler.ofport(to.name, port) === undefined) continue
    if (from.rows.portProblem(port) !== undefined || to.rows.portProblem(port) !== undefined) continue
    const actions = intoTunnel(ofport, to.record)
    const mtu = podMtu(encapsulation, sharedUnderlay(underlayOf(from.record), underlayOf(to.record)))
    return { from: from.name, to: to.name, mtu, send: (frame) => from.flows.sendFrame(frame, actions) }
  }
  return undefined
}

function intoTunnel(port: number, { spec }: HostRecord): readonly Action[] {
  const { family, value } = mustParseIp(spec.tunnelAddress)
  return [
    { type: 'set_field', field: 'tun_id', value: BigInt(PROBE_KEY) },
    family === 4
      ? { type: 'set_field', field: 'tun_dst', value: Number(value) }
      : { type: 'set_field', field: 'tun_ipv6_dst', value },
    { type: 'output', port },
  ]
}

function underlayOf({ spec }: HostRecord): Underlay {
  return { mtu: spec.underlayMtu ?? DEFAULT_UNDERLAY_MTU, family: mustParseIp(spec.tunnelAddress).family }
}
