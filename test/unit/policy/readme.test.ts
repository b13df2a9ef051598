import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { Reachability } from '../../../tools/conformance/netpol/reachability.js'
import { Site } from '../../../tools/conformance/netpol/site.js'
import { momentsOf, type PolicyCase } from '../../support/policy-cases/case.js'
import { fullName, named, on, pod, resourcesOf } from '../../support/policy-cases/world.js'
import { PolicyOracle } from '../../support/policy-oracle.js'

const PAGE = new URL('../../../src/intent/policy/README.md', import.meta.url)

const ROW = /^\| (?<name>[^|]+) \| (?<policy>`.+`) \| (?<result>`.+`) \|$/
const RESOURCE = /^(?:(?<kind>[A-Z]\w+) (?:(?<name>\w+) )?)?(?<spec>\{.*\})$/
const RESULT = /^(?:(?<probe>\d\S*): )?(?<row>.+)$/

const codesIn = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = '']) => code)

type Situation = Pick<Required<PolicyCase>, 'policies' | 'admin' | 'peerings' | 'networks'>

/** The pod that a policy of the page is about, unless it says so itself. */
const SUBJECT = { networkSelector: named('x'), podSelector: pod('a') }

function withResource(now: Situation, code: string): Situation {
  const { kind, name = '', spec: text = '' } = RESOURCE.exec(code)?.groups ?? {}
  const spec = parse(text) as { readonly network?: string | null; readonly peer?: string; readonly priority: number }
  switch (kind) {
    case 'Network':
      return { ...now, networks: { ...now.networks, [name]: spec as object } }
    case 'Peering':
      return { ...now, peerings: [...now.peerings, `${name}>${spec.peer ?? ''}`] }
    case 'AdminPolicy':
      return { ...now, admin: [...now.admin, { subject: SUBJECT, ...spec }] }
    default: {
      const { network, ...rest } = { ...('podSelector' in spec ? {} : on('x/a')), ...spec }
      return { ...now, policies: [...now.policies, { ...rest, ...(typeof network === 'string' && { network }) }] }
    }
  }
}

function caseOf(name: string, policy: string, result: string): PolicyCase {
  const nothing: Situation = { policies: [], admin: [], peerings: [], networks: {} }
  const situation = codesIn(policy).reduce(withResource, nothing)
  const joined = situation.peerings.filter((pair) => situation.peerings.includes(pair.split('>').reverse().join('>')))
  const expect: Record<string, string[]> = {}
  for (const code of codesIn(result)) {
    const { probe = '80/TCP', row = '' } = RESULT.exec(code)?.groups ?? {}
    expect[probe] = [...(expect[probe] ?? []), ...(row === 'all' ? [] : [row])]
  }
  return { name, ...situation, joined: joined.map((pair) => pair.replace('>', ' ')), expect }
}

describe('the page on what policies mean', () => {
  const cases: PolicyCase[] = []
  const site = new Site()

  before(async () => {
    for (const line of (await readFile(PAGE, 'utf8')).split('\n')) {
      const { name = '', policy, result } = ROW.exec(line)?.groups ?? {}
      if (policy !== undefined && result !== undefined) cases.push(caseOf(name, policy, result))
      else assert(!line.startsWith('|') || !line.includes('`'), `a row that is not understood: ${line}`)
    }
  })

  after(() => site.close())

  it('says what the oracle says', () => {
    assert(cases.length > 40, `${cases.length} rows`)
    for (const { name, situation, checks } of cases.flatMap(momentsOf)) {
      const oracle = new PolicyOracle(resourcesOf(situation))
      for (const { probe, from, to, reached } of checks) {
        const { allowed, why } = oracle.verdict({ ...probe, from: fullName(from), to: fullName(to) })
        assert.equal(allowed, reached, `${name}: ${from} > ${to} ${probe.name}: ${why}`)
      }
    }
  })

  it('says what the flows of all hosts do', async function () {
    this.timeout(120_000)
    for (const { name, situation, checks } of cases.flatMap(momentsOf)) {
      await site.become(resourcesOf(situation))
      const reachability = new Reachability(site.compiler)
      // All that is denied, and some of what is allowed.
      for (const { probe, from, to, reached } of checks.filter((check, i) => !check.reached || i % 13 === 0)) {
        const connection = { ...probe, from: fullName(from), to: fullName(to) }
        assert.equal(reachability.reaches(connection), reached, `${name}: ${from} > ${to} ${probe.name}`)
      }
    }
  })
})
