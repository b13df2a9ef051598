import { describeRef, resourceKey } from '../model/kinds.js'
import type { NetworkRecord } from '../model/records.js'
import { podsWith, settleProfile } from './guarantees.js'
import { inUse, type KindRules, recordBase } from './rules.js'

/** Pods and networks hold a profile; a tenant's own word does not: its status says when the profile is missing. */
export const bandwidthRules: KindRules<'BandwidthProfile'> = {
  admit(tx, ref, spec, current, now) {
    const record = recordBase(current, spec, now)
    tx.put(resourceKey('BandwidthProfile', ref), record)
    settleProfile(tx, ref)
    return record
  },

  release(tx, ref) {
    const { tenant = '', name } = ref
    for (const { key, value } of tx.list<NetworkRecord>(`networks/${tenant}/`)) {
      if (value.spec.bandwidth === name) throw inUse(`${describeRef('BandwidthProfile', ref)} is that of ${key}`)
    }
    const [pod] = podsWith(tx, tenant, name)
    if (pod !== undefined) throw inUse(`${describeRef('BandwidthProfile', ref)} is that of ${resourceKey('Pod', pod.ref)}`)
  },
}
