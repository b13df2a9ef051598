import type { Unit } from '../compile/units.js'
import { splitSubject } from '../compile/units.js'
import type { PolicyView } from '../intent/policy/policy-view.js'

/**
 * Which policies stand behind a unit's flows, as an operator knows them: rules like `networkpolicies/red/web ingress 0`;
 * of a pod's isolation, the policies that isolate it. Empty: no policy.
 */
export function saidBy({ kind, subject }: Pick<Unit, 'kind' | 'subject'>, policies: PolicyView): string[] {
  switch (kind) {
    case 'rule':
      return [...(policies.rules.get(Number(splitSubject(subject)[1]))?.origins ?? [])].sort()
    case 'receiver':
      return policies.isolatedBy(Number(subject), 'Ingress')
    case 'sender':
      return policies.isolatedBy(Number(splitSubject(subject)[1]), 'Egress')
    default:
      return []
  }
}
