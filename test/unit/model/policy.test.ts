import assert from 'node:assert/strict'
import { HeddleError } from '../../../src/model/errors.js'
import type { KindName } from '../../../src/model/kinds.js'
import { validateSpec } from '../../../src/model/validate.js'

/** What a user reads who wrote it wrong. */
function issues(kind: KindName, spec: unknown): string[] {
  try {
    validateSpec(kind, spec)
    return []
  } catch (error) {
    assert(error instanceof HeddleError)
    return error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`)
  }
}

const selecting = (expression: object) => ({ podSelector: { matchExpressions: [expression] } })
const withPort = (port: object) => ({ ingress: [{ ports: [port] }] })
const withPeer = (peer: object) => ({ egress: [{ to: [peer] }] })
const withBlock = (cidr: string, ...except: string[]) => withPeer({ ipBlock: { cidr, except } })

const LABEL = 'letters, digits, "-", "_" and ".", at most 63, beginning and ending with a letter or digit'
const LABEL_KEY = `an optional DNS prefix and "/", then ${LABEL}`
const PORT =
  '/ingress/0/ports/0/port: must be an integer from 1 to 65535, or a name: at most 15 lower-case letters, digits and "-", ' +
  'with a letter, not beginning or ending with "-"'

describe('model: policies', () => {
  const wrong: readonly [string, KindName, unknown, string][] = [
    [
      'an operator that is none',
      'NetworkPolicy',
      selecting({ key: 'app', operator: 'Equals', values: ['a'] }),
      '/podSelector/matchExpressions/0/operator: must be "In" or "NotIn" or "Exists" or "DoesNotExist"',
    ],
    [
      'In without values',
      'NetworkPolicy',
      selecting({ key: 'app', operator: 'In', values: [] }),
      '/podSelector/matchExpressions/0/values: is required with In: at least one value',
    ],
    [
      'values that nothing asks for',
      'NetworkPolicy',
      selecting({ key: 'app', operator: 'Exists', values: ['a'] }),
      '/podSelector/matchExpressions/0/values: has no meaning with Exists',
    ],
    [
      'a key that no label can have',
      'NetworkPolicy',
      selecting({ key: 'a b', operator: 'Exists' }),
      `/podSelector/matchExpressions/0/key: must be a label key: ${LABEL_KEY}`,
    ],
    [
      'a label that none can have',
      'NetworkPolicy',
      { podSelector: { matchLabels: { 'a b': 'c' } } },
      `/podSelector/matchLabels/a b: is not a label key: ${LABEL_KEY}`,
    ],
    [
      'a value that no label can have',
      'NetworkPolicy',
      { podSelector: { matchLabels: { a: 'b c' } } },
      `/podSelector/matchLabels/a: must be empty or ${LABEL}`,
    ],
    ['an empty range', 'NetworkPolicy', withPort({ port: 80, endPort: 79 }), '/ingress/0/ports/0/endPort: must be at least port (80)'],
    [
      'a range without a beginning',
      'NetworkPolicy',
      withPort({ endPort: 79 }),
      '/ingress/0/ports/0/endPort: needs a number as port: the first of the range',
    ],
    [
      'a range from a name on',
      'NetworkPolicy',
      withPort({ port: 'http', endPort: 79 }),
      '/ingress/0/ports/0/endPort: needs a number as port: the first of the range',
    ],
    ['port 0', 'NetworkPolicy', withPort({ port: 0 }), PORT],
    ['a number written as a name', 'NetworkPolicy', withPort({ port: '80' }), PORT],
    ['a name that no port can have', 'NetworkPolicy', withPort({ port: 'HTTP' }), PORT],
    ['neither number nor name', 'NetworkPolicy', withPort({ port: true }), PORT],
    [
      'a protocol that is none',
      'NetworkPolicy',
      withPort({ protocol: 'tcp' }),
      '/ingress/0/ports/0/protocol: must be "TCP" or "UDP" or "SCTP" or "ICMP" or "ICMPv6"',
    ],
    [
      'a port of ICMP',
      'NetworkPolicy',
      withPort({ protocol: 'ICMP', port: 80 }),
      '/ingress/0/ports/0/port: ICMP has no ports, but icmpType and icmpCode',
    ],
    [
      'an ICMP code without type',
      'NetworkPolicy',
      withPort({ protocol: 'ICMP', icmpCode: 0 }),
      '/ingress/0/ports/0/icmpCode: has no meaning without icmpType',
    ],
    [
      'an exception from elsewhere',
      'NetworkPolicy',
      withBlock('10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/24'),
      '/egress/0/to/0/ipBlock/except/1: 11.0.0.0/24 is not a part of 10.0.0.0/8',
    ],
    [
      'an exception of the other family',
      'NetworkPolicy',
      withBlock('10.0.0.0/8', 'fd00::/64'),
      '/egress/0/to/0/ipBlock/except/0: fd00::/64 is not a part of 10.0.0.0/8',
    ],
    [
      'an exception of everything',
      'NetworkPolicy',
      withBlock('10.0.0.0/8', '10.0.0.0/8'),
      '/egress/0/to/0/ipBlock/except/0: 10.0.0.0/8 leaves nothing of the block',
    ],
    [
      'a peer that is nobody',
      'NetworkPolicy',
      withPeer({}),
      '/egress/0/to/0: must have a selector or ipBlock; for everyone, leave the list of peers out',
    ],
    [
      'a peer that is two things',
      'NetworkPolicy',
      withPeer({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
      '/egress/0/to/0/ipBlock: excludes podSelector: make them two peers',
    ],
    [
      'a field of somebody else',
      'NetworkPolicy',
      withPeer({ namespaceSelector: {} }),
      '/egress/0/to/0/namespaceSelector: is not a field here; there are podSelector, networkSelector, tenantSelector, ipBlock',
    ],
    ['10,001 rules', 'NetworkPolicy', { ingress: Array.from({ length: 10_001 }, () => ({})) }, '/ingress: must have at most 10000 entries'],
    ['a priority too many', 'AdminPolicy', { priority: 1001 }, '/priority: must be at most 1000'],
    [
      'an action that is none',
      'AdminPolicy',
      { priority: 1, egress: [{ action: 'Permit' }] },
      '/egress/0/action: must be "Allow" or "Deny" or "Pass"',
    ],
    [
      'Pass with nothing to pass to',
      'AdminPolicy',
      { tier: 'Baseline', priority: 1, egress: [{ action: 'Pass' }] },
      '/egress/0/action: must be "Allow" or "Deny": nothing comes after the Baseline tier',
    ],
    [
      '51 rules',
      'AdminPolicy',
      { priority: 1, ingress: Array.from({ length: 51 }, () => ({ action: 'Deny' })) },
      '/ingress: must have at most 50 entries',
    ],
    ['a peer without a name', 'Peering', {}, '/peer: is required'],
    [
      'a port of a pod that policies cannot name',
      'Pod',
      { host: 'h1', ports: [{ name: '80', port: 80 }] },
      '/ports/0/name: must be a name: at most 15 lower-case letters, digits and "-", with a letter, not beginning or ending with "-"',
    ],
    [
      'two ports of one name',
      'Pod',
      { host: 'h1', ports: [{ name: 'web', port: 80 }, { name: 'web', port: 81 }] },
      '/ports/1/name: name web is that of /ports/0, too',
    ],
    ['a default that is none', 'Network', { cidrs: ['10.0.0.0/8'], default: 'drop' }, '/default: must be "allow" or "deny"'],
  ]
  for (const [what, kind, spec, expected] of wrong) {
    it(`may not have ${what}, and say so once, at the field`, () => {
      assert.deepEqual(issues(kind, spec), [expected])
    })
  }

  const right: readonly [string, KindName, unknown][] = [
    ['have rules of a direction that they are not about: these say nothing', 'NetworkPolicy', { policyTypes: ['Ingress'], egress: [{}] }],
    ['select nobody', 'NetworkPolicy', selecting({ key: 'app', operator: 'In', values: ['a'] })],
    [
      'contradict themselves, and select nobody',
      'NetworkPolicy',
      { podSelector: { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } },
    ],
    ['have exceptions that overlap', 'NetworkPolicy', withBlock('10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.0.0/16')],
    ['have exceptions that leave nothing', 'NetworkPolicy', withBlock('10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9')],
    ['have a range of one port, and of all', 'NetworkPolicy', { ingress: [{ ports: [{ port: 80, endPort: 80 }, { port: 1, endPort: 65535 }] }] }],
    ['have no rules', 'AdminPolicy', { priority: 0 }],
  ]
  for (const [what, kind, spec] of right) {
    it(`may ${what}`, () => {
      assert.deepEqual(issues(kind, spec), [])
    })
  }
})
