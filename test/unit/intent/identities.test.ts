import assert from 'node:assert/strict'
import { Housekeeping } from '../../../src/housekeeping.js'
import { collectIdentities, IDENTITY_REST_MS } from '../../../src/intent/identities.js'
import type { IdentityRecord, ZoneRecord } from '../../../src/model/records.js'
import { FakeClock } from '../hosts/fake-clock.js'
import { newWorld, type World } from './world.js'

async function world(): Promise<World> {
  const made = newWorld()
  const { admission } = made
  await admission.put('Tenant', { name: 'red' }, {})
  for (const [i, name] of ['h1', 'h2'].entries()) await admission.put('Host', { name }, { tunnelAddress: `192.0.2.${i + 1}` })
  await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/24'] })
  await admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24'] })
  return made
}

const ref = (name: string, network = 'web') => ({ tenant: 'red', network, name })

async function identityOf({ admission }: World, name: string, labels: object, network = 'web'): Promise<number> {
  return (await admission.put('Pod', ref(name, network), { host: 'h1', labels })).stored.record.identity
}

function identities({ store }: World): number[] {
  return Array.from(store.list<IdentityRecord>('identities/'), ({ value }) => value.id)
}

const inFuture = (ms: number) => new Date(Date.now() + ms)

describe('identities', () => {
  it('are one for each set of labels and network, in whatever order the labels are written', async () => {
    const w = await world()
    const a = await identityOf(w, 'a', { app: 'x', tier: 'y' })
    assert.equal(await identityOf(w, 'b', { tier: 'y', app: 'x' }), a)
    const others = [
      await identityOf(w, 'c', { app: 'x' }),
      await identityOf(w, 'd', {}),
      await identityOf(w, 'e', { app: 'x', tier: 'y' }, 'db'),
    ]
    assert.equal(new Set([a, ...others]).size, 4)
  })

  it('are kept for an hour after their last pod, and found again by one that comes back', async () => {
    const w = await world()
    const id = await identityOf(w, 'a', { app: 'x' })
    await w.admission.delete('Pod', ref('a'))
    assert.equal(await collectIdentities(w.store, inFuture(IDENTITY_REST_MS - 10_000)), 0)
    assert.equal(await identityOf(w, 'b', { app: 'x' }), id)
    assert.equal(await collectIdentities(w.store, inFuture(2 * IDENTITY_REST_MS)), 0, 'it is used again')
    assert.deepEqual(identities(w), [id])
  })

  it('go after it, and their number is not the next one given', async () => {
    const w = await world()
    const id = await identityOf(w, 'a', { app: 'x' })
    await w.admission.put('Pod', ref('a'), { host: 'h1', labels: { app: 'y' } })
    assert.equal(await collectIdentities(w.store, inFuture(IDENTITY_REST_MS)), 1)
    assert(!identities(w).includes(id))
    assert.notEqual(await identityOf(w, 'b', { app: 'x' }), id)
  })

  it('are never given to other labels while they rest', async () => {
    const w = await world()
    const resting = new Set<number>()
    for (let i = 0; i < 50; i++) {
      const id = await identityOf(w, 'a', { n: String(i) })
      assert(!resting.has(id))
      resting.add(id)
    }
    await w.admission.delete('Pod', ref('a'))
    assert.equal(await collectIdentities(w.store, inFuture(IDENTITY_REST_MS)), 50)
  })

  it('go with their network, as its zones do; zones also go with their host', async () => {
    const w = await world()
    await identityOf(w, 'a', { app: 'x' })
    await identityOf(w, 'd', {}, 'db')
    await w.admission.put('Pod', ref('b'), { host: 'h2' })
    const zones = () => Array.from(w.store.list<ZoneRecord>('zones/'), ({ key }) => key)
    assert.deepEqual(zones(), ['zones/h1/red/db', 'zones/h1/red/web', 'zones/h2/red/web'])
    for (const name of ['a', 'b']) await w.admission.delete('Pod', ref(name))
    await w.admission.delete('Host', { name: 'h2' })
    assert.deepEqual(zones(), ['zones/h1/red/db', 'zones/h1/red/web'])
    await w.admission.delete('Network', { tenant: 'red', name: 'web' })
    assert.deepEqual(zones(), ['zones/h1/red/db'])
    assert.deepEqual(Array.from(w.store.list('identities/'), ({ key }) => key.split('/')[2]), ['db'])
    assert.deepEqual(Array.from(w.store.list('numbers/zone/'), ({ key }) => key), ['numbers/zone/h1/2'])
  })
})

describe('housekeeping', () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve))

  it('collects identities once they have rested, until it is closed', async () => {
    const w = await world()
    await identityOf(w, 'a', { app: 'x' })
    await w.admission.delete('Pod', ref('a'))
    const clock = new FakeClock(Date.now())
    const fail = (error: unknown) => assert.fail(String(error))
    const housekeeping = new Housekeeping({ store: w.store, identityRestMs: 600_000, onError: fail, clock })
    const minutes = async (count: number) => {
      for (let i = 0; i < count; i++) {
        clock.advance(60_000)
        await settle()
      }
    }
    await minutes(9)
    assert.equal(identities(w).length, 1)
    await minutes(2)
    assert.equal(identities(w).length, 0)
    await housekeeping.close()
    assert.deepEqual(clock.timers, [])
  })

  it('goes on after a round that failed', async () => {
    const w = await world()
    await identityOf(w, 'a', {})
    await w.admission.delete('Pod', ref('a'))
    const clock = new FakeClock(Date.now() + 60_000)
    const errors: unknown[] = []
    let failing = true
    const store = new Proxy(w.store, {
      get(target, name) {
        if (name === 'list' && failing) throw new Error('disk')
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const housekeeping = new Housekeeping({ store, identityRestMs: 0, onError: (error) => errors.push(error), clock })
    clock.advance(60_000)
    await settle()
    assert.equal(errors.length, 1)
    failing = false
    clock.advance(60_000)
    await housekeeping.close()
    assert.deepEqual(identities(w), [])
  })
})
