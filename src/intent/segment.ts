import { createHash } from 'node:crypto'
import type { HostSpec, NetworkSpec } from '../model/kinds.js'
import type { HostRecord } from '../model/records.js'
import { HOST_MAC } from '../model/reserved.js'

/** The segment over which packets of direct networks travel: who is on it, and as whom. */

export function isDirect(spec: NetworkSpec): boolean {
  return spec.encapsulation === 'direct'
}

export function isOnSegment(spec: HostSpec): boolean {
  return spec.uplink !== undefined
}

const macs = new WeakMap<Pick<HostRecord, 'uid'>, bigint>()

/** Made from the host's uid, so that it stays through restarts. */
export function hostMac(record: Pick<HostRecord, 'uid'>): bigint {
  const known = macs.get(record)
  if (known !== undefined) return known
  const digest = createHash('sha256').update(`segment ${record.uid}`).digest('hex')
  const mac = HOST_MAC.prefix | BigInt(`0x${digest.slice(0, 8)}`)
  macs.set(record, mac)
  return mac
}
