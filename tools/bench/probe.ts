import { ROUTER_MAC } from '../../src/model/reserved.js'
import { formatMac } from '../../src/model/address.js'
import type { BenchPod } from './api.js'
import { tunnelAddressOf } from './plan.js'
import type { SiteHost } from './site.js'

/** Where a packet of one pod for another leaves the sender's switch. */
export type Outcome = 'local' | 'tunnel' | 'none'

export interface Sender {
  /** Instead of the sender's own address: a forged source. */
  readonly source?: string
  readonly mac?: string
}

/**
 * Asks the switches, not the controller: what would they do with a packet from pod `a` to pod `b`? `local`: out of the
 * very interface of `b`; `tunnel`: into the tunnel to the very host of `b`.
 */
export async function reach(hosts: readonly SiteHost[], a: BenchPod, b: BenchPod, sender: Sender = {}): Promise<Outcome> {
  return outcome((await tracePods(hosts, a, b, sender)) ?? '', b)
}

/** Whether a packet from `a` to `b`, on another host, gets out of b's interface: both switches are asked. */
export async function arrives(hosts: readonly SiteHost[], a: BenchPod, b: BenchPod): Promise<boolean> {
  const sent = (await tracePods(hosts, a, b)) ?? ''
  if (outcome(sent, b) !== 'tunnel') return false
  const left = /^Final flow: (.*)$/m.exec(sent)?.[1] ?? ''
  const port = /^ +output:"?([^"\n]+)"?\n +-> output to (?:native|kernel) tunnel/m.exec(sent)?.[1]
  const key = /^ +set_field:(\w+)->tun_id$/m.exec(sent)?.[1]
  const mac = /\bdl_src=([\da-f:]+)/.exec(left)?.[1]
  if (port === undefined || key === undefined || mac === undefined) return false
  const received = `in_port="${port}",tun_id=${key},tun_src=${tunnelAddressOf(a.host)},` + payload(a, b, mac)
  return outcome((await hosts[b.host]?.trace(received)) ?? '', b) === 'local'
}

function tracePods(hosts: readonly SiteHost[], a: BenchPod, b: BenchPod, { source, mac }: Sender = {}) {
  const from = source === undefined ? a : { ...a, address: source }
  return hosts[a.host]?.trace(`in_port="${a.interface}",${payload(from, b, mac ?? a.mac)}`)
}

function payload(a: BenchPod, b: BenchPod, mac: string): string {
  return (
    `ip,dl_src=${mac},dl_dst=${formatMac(ROUTER_MAC)},nw_src=${a.address},nw_dst=${b.address},` +
    'nw_proto=6,nw_ttl=64,tp_src=1,tp_dst=80'
  )
}

function outcome(trace: string, { interface: device, host }: BenchPod): Outcome {
  if (/-> output to (native|kernel) tunnel/.test(trace)) {
    return trace.includes(`set_field:${tunnelAddressOf(host)}->tun_dst\n`) ? 'tunnel' : 'none'
  }
  const actions = /^Datapath actions: (.*)$/m.exec(trace)?.[1]?.split(',') ?? []
  return actions.at(-1)?.replaceAll('"', '') === device ? 'local' : 'none'
}
