import { describeRef } from '../model/kinds.js'
import { allocateNumber, DOMAINS, releaseNumber } from './numbers.js'
import { firstKey, inUse, type KindRules, recordBase } from './rules.js'

/** A tenant is a routing domain: its networks reach each other, and nothing else. */
export const tenantRules: KindRules<'Tenant'> = {
  admit: (tx, ref, spec, current, now) => ({
    ...recordBase(current, spec, now),
    domain: current?.domain ?? allocateNumber(tx, DOMAINS, `tenants/${ref.name}`),
  }),

  release(tx, ref, { domain }) {
    const left = ['networks', 'networkpolicies', 'peerings', 'bandwidthprofiles'].map((name) => firstKey(tx, `${name}/${ref.name}/`))
    const first = left.find((key) => key !== undefined)
    if (first !== undefined) throw inUse(`${describeRef('Tenant', ref)} still has ${first}`)
    releaseNumber(tx, DOMAINS, domain)
  },
}
