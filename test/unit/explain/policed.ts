import fc from 'fast-check'
import { type Flow, flowKey, formatFlow, parseFlow } from 'openflow-ts'
import type { FabricSource } from '../../../src/explain/source.js'

/**
 * Pipelines with made-up policy, as full of ways to tell packets apart as policies will be: connection tracking in a zone
 * that a register names, replies that are known by a bit of the inner MAC, conjunctions, identities, prefixes, ports.
 */

/** A made-up rule, as a flow of table 60 for what `deliver` would else let through. */
export type Rule = string

const DROP = 'actions=drop'
const REG6 = ['reg6=0x60050', 'reg6=0x60000/0xffff0000', 'reg6=0x60040/0xffffffc0', 'reg6=0x110035', 'reg6=0x10800']

const part = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom('', ...texts)
const identity = part(...[0x100, 0x101, 0x102, 0x103].map((id) => `,reg1=${id}`), ',reg1=0x100/0x101')
const source = part(',nw_src=10.0.1.0/30', ',nw_src=10.0.1.2', ',nw_src=10.0.0.0/24', ',nw_src=10.0.1.3/255.255.0.3')
const destination = part(',nw_dst=10.0.1.2', ',nw_dst=10.0.1.0/29', ',nw_dst=10.0.0.8/29')
const service = part(...REG6.map((text) => `,${text}`))

const denial = fc
  .tuple(fc.integer({ min: 200, max: 203 }), identity, source, destination, service)
  .map((parts) => `table=60,priority=${parts[0]},ip${parts.slice(1).join('')},${DROP}`)

const conjunctive = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.subarray([0x100, 0x101, 0x102], { minLength: 1 }), fc.subarray(REG6, { minLength: 1 }))
  .map(([id, identities, services]) =>
    [
      ...identities.map((identity) => `table=60,priority=${220 + id},ip,reg1=${identity},actions=conjunction(${id},1/2)`),
      ...services.map((text) => `table=60,priority=${220 + id},ip,${text},actions=conjunction(${id},2/2)`),
      `table=60,priority=${220 + id},ip,conj_id=${id},${DROP}`,
    ].join('\n'),
  )

/** A host's rules. */
export const rules = fc.array(fc.oneof({ weight: 3, arbitrary: denial }, { weight: 1, arbitrary: conjunctive }), { maxLength: 4 })

export interface Policy {
  readonly rules: readonly string[]
  /** Without it each packet is judged by itself, replies too. */
  readonly stateful: boolean
}

export const policy: fc.Arbitrary<Policy> = fc.record({ rules, stateful: fc.boolean() })

/** The service in reg6, before the receiver's rules. */
const SERVICE = [
  'table=55,tcp,actions=set_field:0x60000->reg6,move:NXM_OF_TCP_DST[]->NXM_NX_REG6[0..15],goto_table:60',
  'table=55,udp,actions=set_field:0x110000->reg6,move:NXM_OF_UDP_DST[]->NXM_NX_REG6[0..15],goto_table:60',
  'table=55,icmp,actions=set_field:0x10000->reg6,move:NXM_OF_ICMP_TYPE[]->NXM_NX_REG6[8..15],goto_table:60',
  'table=55,sctp,actions=goto_table:60',
]
const STATEFUL = [
  // Before its route: whether it is a reply.
  'table=30,priority=10,ip,actions=ct(table=31,zone=reg5[0..15])',
  'table=31,priority=10,ct_state=+est+rpl+trk,ct_mark=1,ip,actions=set_field:1->reg7,goto_table:40',
  'table=31,priority=1,actions=goto_table:40',
  // Before its receiver.
  'table=60,priority=400,ct_state=-trk,ip,actions=ct(table=60,zone=reg5[0..15])',
  'table=60,priority=390,reg7=1,ip,actions=resubmit(,61)',
  'table=60,priority=380,ct_state=+est+trk,ip,actions=resubmit(,61)',
  'table=60,priority=100,ip,actions=ct(commit,zone=reg5[0..15],exec(set_field:1->ct_mark)),resubmit(,61)',
]
const STATELESS = [
  'table=30,priority=1,actions=goto_table:40',
  'table=60,priority=100,ip,actions=resubmit(,61)',
]

/** The source with policy on every host that has one. */
export function policed(from: FabricSource, policies: ReadonlyMap<string, Policy>): FabricSource {
  const changed = new Map<string, ReadonlyMap<string, Flow>>()
  for (const [host, policy] of policies) {
    const own = [...from.wanted(host).flows.values()].map((flow) => rewrite(formatFlow(flow).trim()))
    const texts = [...own, ...SERVICE, ...(policy.stateful ? STATEFUL : STATELESS), ...policy.rules.flatMap((rule) => rule.split('\n'))]
    changed.set(host, new Map(texts.map(parseFlow).map((flow) => [flowKey(flow), flow])))
  }
  return {
    ...from,
    view: from.view,
    ofport: (host, port) => from.ofport(host, port),
    unitsOf: (host) => from.unitsOf(host),
    wanted: (host) => ({ ports: from.wanted(host).ports, flows: changed.get(host) ?? from.wanted(host).flows }),
  }
}

/** A flow of today's pipeline as part of one with policy. */
function rewrite(flow: string): string {
  const [head = '', actions = ''] = flow.split(' actions=')
  const match = head.includes('table=') ? head : head.replace('cookie', 'table=0, cookie')
  const acting = (more: string): string => `${match} actions=${more}`
  if (match.includes('table=0,') && actions.endsWith('goto_table:10')) return acting(`set_field:5->reg5,${actions}`)
  if (match.includes('table=0,') && actions.endsWith('goto_table:60')) {
    return acting(`set_field:5->reg5,move:NXM_OF_ETH_SRC[32]->NXM_NX_REG7[0],${actions.replace(':60', ':55')}`)
  }
  if (match.includes('table=10,') && actions === 'goto_table:40') return acting('goto_table:30')
  if (match.includes('table=40,')) {
    const identity = '->NXM_OF_ETH_SRC[0..31],'
    return acting(actions.replace(identity, `${identity}move:NXM_NX_REG7[0]->NXM_OF_ETH_SRC[32],`).replace(':60', ':55'))
  }
  if (match.includes('table=60,') && match.includes('priority=100,')) return `${match.replace('table=60', 'table=61')} actions=${actions}`
  return flow
}
