import assert from 'node:assert/strict'
import { resourceUrl } from '../../src/api/routes.js'
import { type Change, changesBetween } from '../../tools/conformance/netpol/changes.js'
import { Reachability } from '../../tools/conformance/netpol/reachability.js'
import type { Resource, ResourceOf } from '../../tools/conformance/netpol/resources.js'
import { Site } from '../../tools/conformance/netpol/site.js'
import { type Check, type Moment, momentsOf } from '../support/policy-cases/case.js'
import { POLICY_CASES } from '../support/policy-cases/index.js'
import { fullName, PODS, resourcesOf } from '../support/policy-cases/world.js'
import { PolicyOracle } from '../support/policy-oracle.js'
import { Prober } from '../support/prober.js'
import { type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const WAIT = '?wait=realized&timeout=60s'
/** How long nothing must come back for a connection to count as blocked. */
const SILENCE_MS = 1_000
/** Connections that should stand are tried again: the machine may be busy, and a first packet may be lost on the way. */
const TRIES = 10

const SAMPLE = Object.entries(POLICY_CASES).map(([subject, cases]) => ({ subject, cases: cases.filter(({ lab }) => lab) }))
const MOMENTS = SAMPLE.flatMap(({ cases }) => cases.flatMap(momentsOf))

/** Of a moment's checks those that programs can make: connections of TCP and UDP between two pods. */
function realChecks({ checks }: Moment): RealCheck[] {
  return checks.flatMap((check) => {
    const { protocol, port } = check.probe
    if (check.from === check.to || port === undefined || (protocol !== 'TCP' && protocol !== 'UDP')) return []
    return [{ ...check, protocol, port }]
  })
}

interface RealCheck extends Check {
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
}

const SERVICES = [...new Set(MOMENTS.flatMap(realChecks).map(({ port, protocol }) => `${port}/${protocol}`))]

/** Hosts are the lab's own, and registered as such. */
const withoutHosts = (resources: readonly Resource[]): Resource[] => resources.filter(({ kind }) => kind !== 'Host')

const labNameOf = (pod: string): string => pod.replace('/', '-')
const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)
const say = ({ from, to, probe }: Check): string => `${from} > ${to} ${probe.name} IPv${probe.family}`

describe('the table of cases of policy, on three hosts', function () {
  this.timeout(20 * 60_000)
  const site = new Site()
  const probers = new Map<string, Prober>()
  const addresses = new Map<string, readonly string[]>()
  let world: World
  let resources: readonly Resource[] = []

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(3)
    await become(resourcesOf({}))
    await startPods()
  })

  after(async () => {
    for (const prober of probers.values()) prober.end()
    await (world as World | undefined)?.down()
    await site.close()
  })

  /** Writes what differs, and waits until all hosts are as they should. */
  async function become(next: readonly Resource[]): Promise<void> {
    const changes = changesBetween(resources, withoutHosts(next))
    for (const [i, change] of changes.entries()) await send(change, i === changes.length - 1 ? WAIT : '')
    // Switches have the new flows then, but packets of kinds that they know follow what they remember, until it is revised.
    await Promise.all(world.lab.hosts.map(({ name }) => world.lab.appctl(name, 'revalidator/wait')))
    resources = withoutHosts(next)
    await site.become(next)
  }

  async function send(change: Change, query: string): Promise<void> {
    if (change.op === 'delete') await world.controller.must('DELETE', `${resourceUrl(change.kind, change.ref)}${query}`)
    else {
      const { kind, ref, spec } = change.resource
      // A pod is realized once its port is there, and ports come with `startPods`.
      const isNewPod = kind === 'Pod' && !addresses.has(`${ref.network ?? ''}/${ref.name}`)
      await world.controller.must('PUT', `${resourceUrl(kind, ref)}${isNewPod ? '' : query}`, spec)
    }
  }

  async function startPods(): Promise<void> {
    const pods = resources.filter((resource): resource is ResourceOf<'Pod'> & Resource => resource.kind === 'Pod')
    const answers = await Promise.all(pods.map(({ kind, ref }) => world.controller.must<PodAnswer>('GET', resourceUrl(kind, ref))))
    await world.lab.addPods(answers.map(({ host, network, name, status }) => ({ ...status, host, name: labNameOf(`${network}/${name}`) })))
    for (const { network, name, status } of answers) {
      addresses.set(`${network}/${name}`, status.addresses.map(({ address }) => address))
    }
    for (const { kind, ref } of pods) await world.untilPod(resourceUrl(kind, ref))
    await world.untilHosts('realized')
    await Promise.all(PODS.map(async (pod) => probers.set(pod, await Prober.start(world.lab, labNameOf(pod), SERVICES))))
  }

  async function isEchoed({ from, to, probe, protocol, port }: RealCheck, wait: number): Promise<boolean> {
    const prober = probers.get(from)
    const address = addresses.get(to)?.find((one) => familyOf(one) === probe.family)
    assert(prober !== undefined && address !== undefined)
    return (await prober.ask({ protocol, address, port, wait })) === 'echoed'
  }

  /** Those of the checks that come out otherwise than they should. */
  async function wrongOf(checks: readonly RealCheck[]): Promise<RealCheck[]> {
    let wrong = checks
    for (let tries = 1; wrong.length > 0 && tries <= TRIES; tries++) {
      const echoed = await Promise.all(wrong.map((check) => isEchoed(check, tries * SILENCE_MS)))
      const fooled = wrong.filter((check, i) => echoed[i] === true && !check.reached)
      if (fooled.length > 0) return fooled
      wrong = wrong.filter((check, i) => check.reached && echoed[i] === false)
    }
    return [...wrong]
  }

  /** The table, the oracle, what is computed from flows, and real connections say the same. */
  async function assertMoment(moment: Moment): Promise<void> {
    const next = resourcesOf(moment.situation)
    await become(next)
    const checks = realChecks(moment)
    const wrong = wrongOf(checks)
    const oracle = new PolicyOracle(next)
    const reachability = new Reachability(site.compiler)
    for (const check of checks) {
      const connection = { ...check.probe, from: fullName(check.from), to: fullName(check.to) }
      assert.equal(oracle.verdict(connection).allowed, check.reached, `the oracle, ${moment.name}: ${say(check)}`)
      assert.equal(reachability.reaches(connection), check.reached, `computed, ${moment.name}: ${say(check)}`)
    }
    assert.deepEqual((await wrong).map((check) => `${say(check)} ${check.reached ? 'is silent' : 'is echoed'}`), [], moment.name)
  }

  it('has at least 40 cases', () => {
    const count = SAMPLE.reduce((sum, { cases }) => sum + cases.length, 0)
    assert(count >= 40, `${count} cases`)
  })

  for (const { subject, cases } of SAMPLE) {
    if (cases.length === 0) continue
    it(`${subject}: real connections do what the ${cases.length} cases say`, async () => {
      for (const moment of cases.flatMap(momentsOf)) await assertMoment(moment)
    })
  }
})
