import { type Cidr, contains, formatCidr, parseCidr } from './address.js'
import type { Issue } from './errors.js'
import type { AdminPolicySpec, IpBlock, NetworkPolicySpec, PolicyPeer, PolicyPort, Selector } from './policy.js'

/** What can be wrong with a policy beyond its schema; each issue names the field. */

export function networkPolicyIssues({ podSelector, policyTypes, ingress, egress }: NetworkPolicySpec): Issue[] {
  return [
    ...selectorIssues('/podSelector', podSelector),
    ...(policyTypes !== undefined && new Set(policyTypes).size < policyTypes.length
      ? [{ pointer: '/policyTypes', detail: 'names a direction twice' }]
      : []),
    ...rulesIssues('ingress', 'from', ingress),
    ...rulesIssues('egress', 'to', egress),
  ]
}

export function adminPolicyIssues({ tier, subject, ingress, egress }: AdminPolicySpec): Issue[] {
  return [
    ...peerSelectors('/subject', subject ?? {}),
    ...rulesIssues('ingress', 'from', ingress),
    ...rulesIssues('egress', 'to', egress),
    ...[...passes('ingress', ingress), ...passes('egress', egress)].map((pointer) =>
      tier === 'Baseline' ? { pointer, detail: 'must be "Allow" or "Deny": nothing comes after the Baseline tier' } : undefined,
    ),
  ].filter((issue) => issue !== undefined)
}

function passes(direction: string, rules: AdminPolicySpec['ingress']): string[] {
  return (rules ?? []).flatMap(({ action }, i) => (action === 'Pass' ? [`/${direction}/${i}/action`] : []))
}

interface AnyRule {
  readonly from?: readonly PolicyPeer[]
  readonly to?: readonly PolicyPeer[]
  readonly ports?: readonly PolicyPort[]
}

function rulesIssues(direction: string, side: 'from' | 'to', rules: readonly AnyRule[] = []): Issue[] {
  return rules.flatMap((rule, i) => [
    ...(rule[side] ?? []).flatMap((peer, j) => peerIssues(`/${direction}/${i}/${side}/${j}`, peer)),
    ...(rule.ports ?? []).flatMap((port, j) => portIssues(`/${direction}/${i}/ports/${j}`, port)),
  ])
}

function peerIssues(pointer: string, peer: PolicyPeer): Issue[] {
  const selectors = (['podSelector', 'networkSelector', 'tenantSelector'] as const).filter((name) => name in peer)
  if (peer.ipBlock === undefined) {
    if (selectors.length > 0) return peerSelectors(pointer, peer)
    return [{ pointer, detail: 'must have a selector or ipBlock; for everyone, leave the list of peers out' }]
  }
  if (selectors.length > 0) {
    return [{ pointer: `${pointer}/ipBlock`, detail: `excludes ${selectors.join(' and ')}: make them two peers` }]
  }
  return blockIssues(`${pointer}/ipBlock`, peer.ipBlock)
}

function peerSelectors(pointer: string, peer: Omit<PolicyPeer, 'ipBlock'>): Issue[] {
  return [
    ...selectorIssues(`${pointer}/podSelector`, peer.podSelector),
    ...selectorIssues(`${pointer}/networkSelector`, peer.networkSelector),
    ...selectorIssues(`${pointer}/tenantSelector`, peer.tenantSelector),
  ]
}

function selectorIssues(pointer: string, selector: Selector | undefined): Issue[] {
  return (selector?.matchExpressions ?? []).flatMap(({ operator, values }, i) => {
    const at = `${pointer}/matchExpressions/${i}/values`
    const given = values?.length ?? 0
    if (operator === 'In' || operator === 'NotIn') {
      return given > 0 ? [] : [{ pointer: at, detail: `is required with ${operator}: at least one value` }]
    }
    return given === 0 ? [] : [{ pointer: at, detail: `has no meaning with ${operator}` }]
  })
}

function blockIssues(pointer: string, { cidr: text, except = [] }: IpBlock): Issue[] {
  const cidr = parseCidr(text)
  if ('error' in cidr) return [{ pointer: `${pointer}/cidr`, detail: cidr.error }]
  return except.flatMap((part, i) => {
    const detail = exceptIssue(cidr, part)
    return detail === undefined ? [] : [{ pointer: `${pointer}/except/${i}`, detail }]
  })
}

function exceptIssue(cidr: Cidr, text: string): string | undefined {
  const part = parseCidr(text)
  if ('error' in part) return part.error
  if (formatCidr(part) === formatCidr(cidr)) return `${text} leaves nothing of the block`
  const within = part.family === cidr.family && part.prefix > cidr.prefix && contains(cidr, { family: part.family, value: part.address })
  return within ? undefined : `${text} is not a part of ${formatCidr(cidr)}`
}

function portIssues(pointer: string, { protocol = 'TCP', port, endPort, icmpType, icmpCode }: PolicyPort): Issue[] {
  const issues: Issue[] = []
  const say = (field: string, detail: string): void => void issues.push({ pointer: `${pointer}/${field}`, detail })
  if (protocol === 'ICMP' || protocol === 'ICMPv6') {
    if (port !== undefined) say('port', `${protocol} has no ports, but icmpType and icmpCode`)
    if (endPort !== undefined) say('endPort', `${protocol} has no ports, but icmpType and icmpCode`)
    if (icmpCode !== undefined && icmpType === undefined) say('icmpCode', 'has no meaning without icmpType')
    return issues
  }
  if (icmpType !== undefined) say('icmpType', `has no meaning with ${protocol}`)
  if (icmpCode !== undefined) say('icmpCode', `has no meaning with ${protocol}`)
  if (endPort === undefined) return issues
  if (typeof port !== 'number') say('endPort', 'needs a number as port: the first of the range')
  else if (endPort < port) say('endPort', `must be at least port (${port})`)
  return issues
}
