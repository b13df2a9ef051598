import { invalid } from '../model/errors.js'
import { resourceKey } from '../model/kinds.js'
import type { Tx } from '../store/store.js'
import { acquireRules, releaseRules } from './policy/rule-numbers.js'
import { type Rule, rulesOfAdminPolicy, rulesOfNetworkPolicy } from './policy/rule.js'
import { type KindRules, recordBase, takeName } from './rules.js'

export const networkPolicyRules: KindRules<'NetworkPolicy'> = {
  admit(tx, ref, spec, current, now) {
    const tenant = ref.tenant ?? ''
    if (spec.network !== undefined && tx.get(resourceKey('Network', { tenant, name: spec.network })) === undefined) {
      throw invalid([{ pointer: '/network', detail: `network ${tenant}/${spec.network} does not exist` }])
    }
    const before = current && rulesOfNetworkPolicy(tenant, current.spec)
    return { ...recordBase(current, spec, now), rules: exchangeRules(tx, before, rulesOfNetworkPolicy(tenant, spec)) }
  },

  release(tx, ref, { spec }) {
    releaseRules(tx, rulesOfNetworkPolicy(ref.tenant ?? '', spec))
  },
}

export const adminPolicyRules: KindRules<'AdminPolicy'> = {
  admit(tx, ref, spec, current, now) {
    if (current !== undefined) tx.delete(priorityKey(current.spec))
    takeName(tx, priorityKey(spec), `adminpolicies/${ref.name}`, {
      pointer: '/priority',
      detail: `priority ${spec.priority} of tier ${spec.tier ?? 'Admin'} is another policy's`,
    })
    const before = current && rulesOfAdminPolicy(current.spec)
    return { ...recordBase(current, spec, now), rules: exchangeRules(tx, before, rulesOfAdminPolicy(spec)) }
  },

  release(tx, _ref, { spec }) {
    tx.delete(priorityKey(spec))
    releaseRules(tx, rulesOfAdminPolicy(spec))
  },
}

/** The new ones first: a rule that stays keeps its number. */
function exchangeRules(tx: Tx, before: readonly Rule[] | undefined, after: readonly Rule[]): number[] {
  const numbers = acquireRules(tx, after)
  if (before !== undefined) releaseRules(tx, before)
  return numbers
}

/** Two policies of one tier and priority would have no order. */
function priorityKey({ tier = 'Admin', priority }: { readonly tier?: string; readonly priority: number }): string {
  return `adminpriorities/${tier}/${priority}`
}
