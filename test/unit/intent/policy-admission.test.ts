import assert from 'node:assert/strict'
import { encodeMessage, flowMod, OF15 } from 'openflow-ts'
import { HeddleError } from '../../../src/model/errors.js'
import type { NetworkPolicyRecord } from '../../../src/model/records.js'
import { compilerOf } from '../compile/support.js'
import { checkInvariants } from './invariants.js'
import { dump, newWorld, type World } from './world.js'

async function world(): Promise<World> {
  const made = newWorld()
  const { admission } = made
  await admission.put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1' })
  for (const [name, cidr] of [['red', '10.1.0.0/24'], ['blue', '10.2.0.0/24'], ['green', '10.2.0.0/16']] as const) {
    await admission.put('Tenant', { name }, {})
    await admission.put('Network', { tenant: name, name: 'web' }, { cidrs: [cidr] })
    await admission.put('Pod', { tenant: name, network: 'web', name: 'a' }, { host: 'h1', labels: { app: 'a' } })
  }
  return made
}

/** Code, fields and words of the refusal; nothing has changed by it. */
async function refused({ store }: World, write: Promise<unknown>): Promise<string[]> {
  const before = dump(store)
  const error: unknown = await write.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert(error instanceof HeddleError, 'it is refused')
  assert.equal(dump(store), before)
  return [error.code, ...(error.issues.length > 0 ? error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`) : [error.message])]
}

const peer = ({ admission }: World, tenant: string, other: string, name = other) =>
  admission.put('Peering', { tenant, name }, { peer: other })

describe('admission of policies', () => {
  it('asks that the network of a policy exists, and keeps it while the policy does', async () => {
    const w = await world()
    const put = (network: string) => w.admission.put('NetworkPolicy', { tenant: 'red', name: 'p' }, { network })
    assert.deepEqual(await refused(w, put('nowhere')), ['INVALID', '/network: network red/nowhere does not exist'])
    await w.admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.3.0.0/24'] })
    await put('db')
    const end = () => w.admission.delete('Network', { tenant: 'red', name: 'db' })
    assert.deepEqual(await refused(w, end()), ['IN_USE', 'network red/db still has networkpolicies/red/p'])
    await w.admission.delete('NetworkPolicy', { tenant: 'red', name: 'p' })
    await end()
    checkInvariants(w.store)
  })

  it('lets one AdminPolicy of a tier have a priority, and gives it to another when it is free', async () => {
    const w = await world()
    const put = (name: string, spec: object) => w.admission.put('AdminPolicy', { name }, spec)
    await put('a', { priority: 5 })
    await put('b', { tier: 'Baseline', priority: 5 })
    const taken = ['CONFLICT', "/priority: priority 5 of tier Admin is another policy's (adminpolicies/a)"]
    assert.deepEqual(await refused(w, put('c', { priority: 5 })), taken)
    assert.deepEqual(await refused(w, put('b', { priority: 5 })), taken)
    await put('a', { priority: 6 })
    await put('c', { priority: 5 })
    checkInvariants(w.store)
  })

  it('lets a tenant have one peering with each other tenant, none with itself', async () => {
    const w = await world()
    assert.deepEqual(await refused(w, peer(w, 'red', 'red')), ['INVALID', '/peer: is this tenant itself'])
    await peer(w, 'red', 'blue')
    assert.deepEqual(await refused(w, peer(w, 'red', 'blue', 'again')), [
      'CONFLICT',
      '/peer: tenant red has a peering with blue already (peerings/red/blue)',
    ])
    await peer(w, 'red', 'not-there-yet')
    checkInvariants(w.store)
  })

  it('joins no tenants whose ranges overlap, whichever comes last', async () => {
    const w = await world()
    await peer(w, 'blue', 'green')
    assert.deepEqual(await refused(w, peer(w, 'green', 'blue')), [
      'CONFLICT',
      '/peer: networks/green/web: 10.2.0.0/16 overlaps 10.2.0.0/24 of networks/blue/web, and these networks are routed to each other',
    ])
    await peer(w, 'red', 'blue')
    await peer(w, 'blue', 'red')
    const overlapping = w.admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.128/25'] })
    assert.deepEqual(await refused(w, overlapping), [
      'CONFLICT',
      '/cidrs/0: 10.2.0.128/25 overlaps 10.2.0.0/24 of networks/blue/web, and these networks are routed to each other',
    ])
  })

  it('joins no tenant with two whose ranges overlap: it could not tell them apart', async () => {
    const w = await world()
    for (const other of ['blue', 'green']) await peer(w, other, 'red')
    await peer(w, 'red', 'blue')
    assert.deepEqual(await refused(w, peer(w, 'red', 'green')), [
      'CONFLICT',
      '/peer: networks/green/web: 10.2.0.0/16 overlaps 10.2.0.0/24 of networks/blue/web, and tenant red has peerings with both',
    ])
    await w.admission.put('Network', { tenant: 'green', name: 'web' }, { cidrs: ['10.2.0.0/16', '10.4.0.0/24'] })
    await w.admission.delete('Pod', { tenant: 'green', network: 'web', name: 'a' })
    await w.admission.put('Network', { tenant: 'green', name: 'web' }, { cidrs: ['10.4.0.0/24'] })
    await peer(w, 'red', 'green')
    const back = w.admission.put('Network', { tenant: 'green', name: 'web' }, { cidrs: ['10.4.0.0/24', '10.2.0.0/25'] })
    assert.deepEqual(await refused(w, back), [
      'CONFLICT',
      '/cidrs/1: 10.2.0.0/25 overlaps 10.2.0.0/24 of networks/blue/web, and tenant red has peerings with both',
    ])
  })

  it('stores and compiles a policy of 10,000 rules, in flows that fit into messages', async () => {
    const w = await world()
    const ingress = Array.from({ length: 10_000 }, (_, i) => ({ ports: [{ port: i + 1 }] }))
    const compiler = compilerOf(w.store)
    w.store.watch(w.store.revision, (commit) => void compiler.apply(commit))
    await w.admission.put('NetworkPolicy', { tenant: 'red', name: 'long' }, { ingress })
    const { rules } = w.store.get<NetworkPolicyRecord>('networkpolicies/red/long')!.value
    assert.equal(new Set(rules).size, 10_000)
    const flows = [...compiler.wanted('h1').flows.values()]
    const shares = new Map<number, number>()
    for (const flow of flows) {
      assert(encodeMessage(flowMod('add', flow), OF15).length <= 0xffff)
      for (const action of flow.actions) {
        if (action.type === 'conjunction') shares.set(action.id, (shares.get(action.id) ?? 0) + 1)
      }
    }
    assert.deepEqual(new Set(shares.keys()), new Set(rules), 'each rule')
    assert.deepEqual(new Set(shares.values()), new Set([2]), 'has its receiver and its port')
    const decisions = flows.filter(({ match }) => match.some(({ field }) => field === 'conj_id'))
    assert.equal(decisions.length, 10_000)
    await w.admission.delete('NetworkPolicy', { tenant: 'red', name: 'long' })
    assert.equal([...compiler.wanted('h1').flows.values()].filter(({ match }) => match.some(({ field }) => field === 'conj_id')).length, 0)
    checkInvariants(w.store)
  }).timeout(120_000)
})
