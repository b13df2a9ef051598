import { canonicalIp, formatMac } from '../model/address.js'
import { describeRef, type HostSpec, type Ref } from '../model/kinds.js'
import type { HostRecord, NetworkRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import { refuseAddressOfNetwork, refuseLeavingSegment } from './admit-direct.js'
import { releaseBlocks } from './ipam.js'
import { hostMac } from './segment.js'
import { systemIdOf } from './view.js'
import { firstKey, inUse, type KindRules, recordBase, takeName } from './rules.js'
import { releaseZonesOfHost } from './zones.js'

export const hostRules: KindRules<'Host'> = {
  admit(tx, ref, spec, current, now) {
    if (current !== undefined) releaseNames(tx, ref, current)
    takeName(tx, tunnelKey(spec), hostKey(ref), {
      pointer: '/tunnelAddress',
      detail: `${spec.tunnelAddress} is another host's tunnel address`,
    })
    takeName(tx, systemKey(ref, spec), hostKey(ref), {
      pointer: '/systemId',
      detail: `${systemIdOf(ref.name, spec)} is another host's system-id`,
    })
    refuseAddressOfNetwork(tx, spec)
    refuseLeavingSegment(tx, ref.name, spec)
    const record = recordBase(current, spec, now)
    takeName(tx, macKey(record), hostKey(ref), {
      pointer: '/name',
      detail: 'the MAC that was made for the host is another one\'s: once more, and there will be another',
    })
    return record
  },

  release(tx, ref, current) {
    const device = firstKey(tx, `interfaces/${ref.name}/`)
    if (device !== undefined) throw inUse(`${describeRef('Host', ref)} still has pods (${device})`)
    releaseNames(tx, ref, current)
    for (const { key, value } of [...tx.list<NetworkRecord>('networks/')]) {
      const [, tenant = '', name = ''] = key.split('/')
      releaseBlocks(tx, { tenant, name, spec: value.spec }, { host: ref.name })
    }
    releaseZonesOfHost(tx, ref.name)
    tx.delete(`counters/ofport/${ref.name}`)
  },
}

function releaseNames(tx: Tx, ref: Ref, record: HostRecord): void {
  const { spec } = record
  tx.delete(macKey(record))
  tx.delete(tunnelKey(spec))
  tx.delete(systemKey(ref, spec))
}

function hostKey(ref: Ref): string {
  return `hosts/${ref.name}`
}

function macKey(record: HostRecord): string {
  return `hostmacs/${formatMac(hostMac(record))}`
}

function tunnelKey(spec: HostSpec): string {
  return `tunnels/${canonicalIp(spec.tunnelAddress)}`
}

function systemKey(ref: Ref, spec: HostSpec): string {
  return `systems/${systemIdOf(ref.name, spec)}`
}
