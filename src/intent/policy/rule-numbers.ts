import type { RuleRecord } from '../../model/records.js'
import type { Tx } from '../../store/store.js'
import { allocateNumber, releaseNumber, RULES } from '../numbers.js'
import { type Rule, ruleKey } from './rule.js'

/** Numbers of rules: what a rule is called on the switches (conj_id, cookie). Rules that say the same have the same. */

/** The number of each rule; new ones for those that no policy has yet. */
export function acquireRules(tx: Tx, rules: readonly Rule[]): number[] {
  return rules.map((rule) => {
    const key = recordKey(rule)
    const known = tx.get<RuleRecord>(key)?.value
    const id = known?.id ?? allocateNumber(tx, RULES, key)
    tx.put(key, { id, users: (known?.users ?? 0) + 1 } satisfies RuleRecord)
    return id
  })
}

export function releaseRules(tx: Tx, rules: readonly Rule[]): void {
  for (const rule of rules) {
    const key = recordKey(rule)
    const record = tx.get<RuleRecord>(key)?.value
    if (record === undefined) continue
    if (record.users > 1) {
      tx.put(key, { ...record, users: record.users - 1 } satisfies RuleRecord)
    } else {
      tx.delete(key)
      releaseNumber(tx, RULES, record.id)
    }
  }
}

function recordKey(rule: Rule): string {
  return `rules/${ruleKey(rule)}`
}
