import assert from 'node:assert/strict'
import { Bitmap } from '../../../src/intent/bitmap.js'
import { allocateNumber, releaseNumber } from '../../../src/intent/numbers.js'
import { HeddleError, type HeddleErrorCode } from '../../../src/model/errors.js'
import type { BlockRecord } from '../../../src/model/records.js'
import { checkInvariants } from './invariants.js'
import { dump, newWorld, type World } from './world.js'

const WEB = { tenant: 'red', name: 'web' }
const pod = (name: string) => ({ tenant: 'red', network: 'web', name })

async function world(network: object = { cidrs: ['10.1.0.0/28'] }): Promise<World> {
  const made = newWorld()
  const { admission } = made
  await admission.put('Tenant', { name: 'red' }, {})
  for (const [i, name] of ['h1', 'h2', 'h3'].entries())
    await admission.put('Host', { name }, { tunnelAddress: `192.0.2.${i + 1}` })
  await admission.put('Network', WEB, network)
  return made
}

/** The refusal, its fields, and that nothing has changed. */
async function refused({ store }: World, write: () => Promise<unknown>): Promise<[HeddleErrorCode, ...string[]]> {
  const before = dump(store)
  const revision = store.revision
  const error: unknown = await write().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert(error instanceof HeddleError, 'it is refused')
  assert.equal(dump(store), before)
  assert.equal(store.revision, revision)
  for (const { detail } of error.issues) assert(error.message.includes(detail))
  return [error.code, ...error.issues.map(({ pointer }) => pointer)]
}

describe('Admission', () => {
  it('gives a host its own blocks, then borrows, then is exhausted', async () => {
    const w = await world()
    const { admission } = w
    const put = (name: string, host: string) => admission.put('Pod', pod(name), { host })
    // Four blocks of four; network, gateway and broadcast address leave 2 + 4 + 4 + 3.
    const first = await put('a', 'h1')
    assert.deepEqual([first.stored.record.addresses, first.stored.record.strays], [['10.1.0.2'], []])
    assert.equal((await put('b', 'h2')).stored.record.addresses[0], '10.1.0.4')
    assert.equal((await put('c', 'h1')).stored.record.addresses[0], '10.1.0.3')
    assert.equal((await put('d', 'h1')).stored.record.addresses[0], '10.1.0.8', "h1's next block")
    assert.equal((await put('e', 'h3')).stored.record.addresses[0], '10.1.0.12')
    for (let i = 0; i < 3; i++) assert.deepEqual((await put(`f${i}`, 'h1')).stored.record.strays, [])
    const borrowed = await put('g', 'h1')
    assert.deepEqual([borrowed.stored.record.addresses, borrowed.stored.record.strays], [['10.1.0.13'], ['10.1.0.13']])
    for (let i = 0; i < 4; i++) await put(`g${i}`, 'h1')
    assert.deepEqual(await refused(w, () => put('z', 'h2')), ['EXHAUSTED'])
    await admission.delete('Pod', pod('g'))
    assert.equal((await put('z', 'h2')).stored.record.addresses[0], '10.1.0.13')
    checkInvariants(w.store)
  })

  it('takes over an empty block before it borrows', async () => {
    const w = await world({ cidrs: ['10.1.0.0/29'] })
    const { admission, store } = w
    await admission.put('Pod', pod('a'), { host: 'h1' })
    await admission.put('Pod', pod('b'), { host: 'h2' })
    await admission.delete('Pod', pod('b'))
    assert.equal(store.get<BlockRecord>('blocks/red/web/10.1.0.4/30')?.value.host, 'h2', 'it stays with its host')
    const { stored } = await admission.put('Pod', pod('c'), { host: 'h3' })
    assert.deepEqual([stored.record.addresses, stored.record.strays], [['10.1.0.4'], []])
    checkInvariants(store)
  })

  it('claims no block that has nothing to give', async () => {
    const w = await world({ cidrs: ['10.1.0.0/29'], blockPrefix: 32 })
    const { stored } = await w.admission.put('Pod', pod('a'), { host: 'h1' })
    assert.equal(stored.record.addresses[0], '10.1.0.2')
    assert.deepEqual(
      Array.from(w.store.list('blocks/'), ({ key }) => key),
      ['blocks/red/web/10.1.0.2/32'],
    )
  })

  it('lets a pod keep its address when it moves, and knows a stray when it is back', async () => {
    const { admission } = await world()
    const moved = async (host: string) => {
      const { record } = (await admission.put('Pod', pod('a'), { host })).stored
      return [...record.addresses, record.strays.length > 0]
    }
    assert.deepEqual(await moved('h1'), ['10.1.0.2', false])
    assert.deepEqual(await moved('h2'), ['10.1.0.2', true])
    assert.deepEqual(await moved('h1'), ['10.1.0.2', false])
    await moved('h2')
    await admission.delete('Host', { name: 'h1' })
    await admission.put('Pod', pod('b'), { host: 'h2' })
    const { record } = (await admission.put('Pod', pod('a'), { host: 'h2', labels: { app: 'x' } })).stored
    assert.deepEqual(record.strays, [], "the block around it is its own host's by now")
  })

  it('answers with what it wrote, whatever others wrote right after it', async () => {
    const { admission } = await world()
    const [first, second, gone] = await Promise.all([
      admission.put('Pod', pod('a'), { host: 'h1', labels: { n: '1' } }),
      admission.put('Pod', pod('a'), { host: 'h1', labels: { n: '2' } }),
      admission.delete('Pod', pod('a')),
    ])
    assert.deepEqual(first.stored.record.spec.labels, { n: '1' })
    assert.deepEqual(second.stored.record.spec.labels, { n: '2' })
    assert.deepEqual([first.created, second.created], [true, false])
    assert.equal(first.stored.revision, first.commit)
    assert(first.commit < second.commit && second.commit < gone.commit)
    assert.equal(admission.get('Pod', pod('a')), undefined)
  })

  it('writes nothing when nothing differs', async () => {
    const { admission, store } = await world()
    const spec = { host: 'h1', labels: { a: '1', b: '2' } }
    const first = await admission.put('Pod', pod('a'), spec)
    const again = await admission.put('Pod', pod('a'), { labels: { b: '2', a: '1' }, host: 'h1' })
    assert.deepEqual(
      [again.created, again.stored.revision, store.revision],
      [false, first.stored.revision, first.commit],
    )
  })

  it('compares and swaps by revision; 0 asks for absence', async () => {
    const w = await world()
    const { admission } = w
    const put = (ifRevision: number, labels: object) =>
      admission.put('Pod', pod('a'), { host: 'h1', labels }, { ifRevision })
    assert.deepEqual(await refused(w, () => put(5, {})), ['PRECONDITION_FAILED'])
    const { stored } = await put(0, {})
    assert.deepEqual(await refused(w, () => put(0, { app: 'x' })), ['PRECONDITION_FAILED'])
    const next = await put(stored.revision, { app: 'x' })
    assert.deepEqual(await refused(w, () => put(stored.revision, { app: 'y' })), ['PRECONDITION_FAILED'])
    assert.deepEqual(
      await refused(w, () => put(stored.revision, { app: 'x' })),
      ['PRECONDITION_FAILED'],
      'even if it is the same',
    )
    const ifRevision = stored.revision
    assert.deepEqual(await refused(w, () => admission.delete('Pod', pod('a'), { ifRevision })), ['PRECONDITION_FAILED'])
    await admission.delete('Pod', pod('a'), { ifRevision: next.stored.revision })
  })

  it('lets one of two win who swap at the same moment', async () => {
    const { admission } = await world()
    const { stored } = await admission.put('Pod', pod('a'), { host: 'h1' })
    const options = { ifRevision: stored.revision }
    const outcomes = await Promise.allSettled([
      admission.put('Pod', pod('a'), { host: 'h2' }, options),
      admission.put('Pod', pod('a'), { host: 'h3' }, options),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    assert.equal(admission.get('Pod', pod('a'))?.record.spec.host, 'h2')
  })

  const refusals: readonly [string, (w: World) => Promise<unknown>, [HeddleErrorCode, ...string[]]][] = [
    [
      'a pod on a host that is not there',
      (w) => w.admission.put('Pod', pod('z'), { host: 'h9' }),
      ['INVALID', '/host'],
    ],
    [
      'an address outside',
      (w) => w.admission.put('Pod', pod('z'), { host: 'h1', address: '10.9.0.5' }),
      ['INVALID', '/address'],
    ],
    [
      'the gateway as address',
      (w) => w.admission.put('Pod', pod('z'), { host: 'h1', address: '10.1.0.1' }),
      ['INVALID', '/address'],
    ],
    [
      'an address in use',
      (w) => w.admission.put('Pod', pod('z'), { host: 'h1', address: '10.1.0.2' }),
      ['CONFLICT', '/address'],
    ],
    [
      'a move to an address in use',
      (w) => w.admission.put('Pod', pod('b'), { host: 'h3', address: '10.1.0.2' }),
      ['CONFLICT', '/address'],
    ],
    [
      'an interface in use',
      (w) => w.admission.put('Pod', pod('z'), { host: 'h1', interface: 'eth7' }),
      ['CONFLICT', '/interface'],
    ],
    [
      'a move onto an interface in use',
      (w) => w.admission.put('Pod', pod('b'), { host: 'h1', interface: 'eth7' }),
      ['CONFLICT', '/interface'],
    ],
    [
      'a pod without its network',
      (w) => w.admission.put('Pod', { ...pod('z'), network: 'no' }, { host: 'h1' }),
      ['NOT_FOUND'],
    ],
    ['a pod twice', (w) => w.admission.create('Pod', pod('a'), { host: 'h1' }), ['ALREADY_EXISTS']],
    [
      'two wrong fields',
      (w) => w.admission.put('Pod', pod('z'), { host: 'h1', mac: '01:00:5e:00:00:01', address: 'x' }),
      ['INVALID', '/address', '/mac'],
    ],
    ['a wrong name', (w) => w.admission.put('Pod', pod('Z!'), { host: 'h1' }), ['INVALID', '/name']],
    [
      "another network's range",
      (w) => w.admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24', '10.1.0.0/24'] }),
      ['CONFLICT', '/cidrs/1'],
    ],
    [
      'a range that overlaps itself',
      (w) => w.admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24', '10.2.0.0/25'] }),
      ['INVALID', '/cidrs/1'],
    ],
    [
      'the loss of a range in use',
      (w) => w.admission.put('Network', WEB, { cidrs: ['10.3.0.0/24'] }),
      ['IN_USE', '/cidrs'],
    ],
    [
      'other blocks in a range in use',
      (w) => w.admission.put('Network', WEB, { cidrs: ['10.1.0.0/28'], blockPrefix: 29 }),
      ['IN_USE', '/blockPrefix'],
    ],
    [
      "another host's tunnel address",
      (w) => w.admission.put('Host', { name: 'h9' }, { tunnelAddress: '192.0.2.1' }),
      ['CONFLICT', '/tunnelAddress'],
    ],
    [
      "another host's system-id",
      (w) => w.admission.put('Host', { name: 'h9' }, { tunnelAddress: '192.0.2.9', systemId: 'h1' }),
      ['CONFLICT', '/systemId'],
    ],
    ['the end of a host with pods', (w) => w.admission.delete('Host', { name: 'h1' }), ['IN_USE']],
    ['the end of a network with pods', (w) => w.admission.delete('Network', WEB), ['IN_USE']],
    ['the end of a tenant with networks', (w) => w.admission.delete('Tenant', { name: 'red' }), ['IN_USE']],
    ['the end of what is not there', (w) => w.admission.delete('Pod', pod('z')), ['NOT_FOUND']],
  ]
  for (const [what, write, expected] of refusals) {
    it(`refuses ${what}, names the field, and changes nothing`, async () => {
      const w = await world()
      await w.admission.put('Pod', pod('a'), { host: 'h1', address: '10.1.0.2', interface: 'eth7' })
      await w.admission.put('Pod', pod('b'), { host: 'h2', interface: 'eth7' })
      assert.deepEqual(await refused(w, () => write(w)), expected)
    })
  }

  it('lets a network grow, and shrink where nothing is in use', async () => {
    const { admission, store } = await world()
    await admission.put('Pod', pod('a'), { host: 'h1' })
    await admission.put('Network', WEB, { cidrs: ['10.4.0.0/28', '10.1.0.0/28'] })
    await admission.put('Pod', pod('b'), { host: 'h2', address: '10.4.0.9' })
    checkInvariants(store)
    await admission.delete('Pod', pod('b'))
    await admission.put('Network', WEB, { cidrs: ['10.1.0.0/28'] })
    assert.deepEqual(
      Array.from(store.list('blocks/'), ({ key }) => key),
      ['blocks/red/web/10.1.0.0/30'],
    )
    checkInvariants(store)
  })

  describe('with IPv6', () => {
    const BOTH = { cidrs: ['fd00:1::/64', '10.1.0.0/16'] }
    const put = async ({ admission }: World, name: string, spec: object) =>
      (await admission.put('Pod', pod(name), spec)).stored.record
    const blocks = ({ store }: World) => Array.from(store.list('blocks/'), ({ key }) => key.slice('blocks/red/web/'.length))

    it('gives an address of each family, IPv4 first, from blocks of 64', async () => {
      const w = await world(BOTH)
      assert.deepEqual((await put(w, 'a', { host: 'h1' })).addresses, ['10.1.0.2', 'fd00:1::2'])
      assert.deepEqual((await put(w, 'b', { host: 'h2' })).addresses, ['10.1.0.64', 'fd00:1::40'])
      assert.deepEqual(blocks(w).sort(), ['10.1.0.0/26', '10.1.0.64/26', 'fd00:1::/122', 'fd00:1::40/122'])
      checkInvariants(w.store)
    })

    it('reserves the anycast address and the gateway of a range, and no broadcast address', async () => {
      const w = await world({ cidrs: ['fd00:1::/126'] })
      assert.deepEqual((await put(w, 'a', { host: 'h1' })).addresses, ['fd00:1::2'])
      assert.deepEqual((await put(w, 'b', { host: 'h1' })).addresses, ['fd00:1::3'])
      assert.deepEqual(await refused(w, () => put(w, 'c', { host: 'h1' })), ['EXHAUSTED'])
      for (const address of ['fd00:1::', 'fd00:1:0::0001']) {
        assert.deepEqual(await refused(w, () => put(w, 'c', { host: 'h1', address })), ['INVALID', '/address'])
      }
      checkInvariants(w.store)
    })

    it('takes fixed addresses in any text, and notes each that is a stray', async () => {
      const w = await world(BOTH)
      await put(w, 'a', { host: 'h1' })
      const b = await put(w, 'b', { host: 'h2', addresses: ['FD00:1:0:0::0033', '10.1.7.7'] })
      assert.deepEqual([b.addresses, b.strays], [['10.1.7.7', 'fd00:1::33'], ['fd00:1::33']])
      const c = await put(w, 'c', { host: 'h2', address: 'fd00:1::99' })
      assert.deepEqual([c.addresses, c.strays], [['10.1.7.0', 'fd00:1::99'], []])
      const same = await put(w, 'b', { host: 'h2', addresses: ['10.1.7.7', 'fd00:1::33'] })
      assert.deepEqual(same.addresses, b.addresses)
      const taken = () => put(w, 'z', { host: 'h1', addresses: ['10.1.0.9', 'fd00:1::0:33'] })
      assert.deepEqual(await refused(w, taken), ['CONFLICT', '/addresses/1'])
      const outside = () => put(w, 'z', { host: 'h1', addresses: ['fd00:2::5'] })
      assert.deepEqual(await refused(w, outside), ['INVALID', '/addresses/0'])
      checkInvariants(w.store)
    })

    it('lets pods that are there keep what they have when their network grows, and completes them at their next write', async () => {
      const w = await world({ cidrs: ['fd00:1::/64'] })
      const before = await put(w, 'a', { host: 'h1' })
      assert.match(before.mac, /^0a:48:/)
      await w.admission.put('Network', WEB, BOTH)
      assert.deepEqual(w.admission.get('Pod', pod('a'))?.record, before)
      const after = await put(w, 'a', { host: 'h1' })
      assert.deepEqual(after.addresses, ['10.1.0.2', 'fd00:1::2'])
      assert.equal(after.mac, before.mac, 'its device has that MAC already')
      const { revision } = w.store
      await put(w, 'a', { host: 'h1' })
      assert.equal(w.store.revision, revision, 'and then there is nothing to do')
      checkInvariants(w.store)
    })

    it('makes up the same MAC for the same pod, and others for others', async () => {
      const macs = async () => {
        const w = await world({ cidrs: ['fd00:1::/64'] })
        return [(await put(w, 'a', { host: 'h1' })).mac, (await put(w, 'b', { host: 'h1' })).mac]
      }
      const [first, second] = [await macs(), await macs()]
      assert.deepEqual(first, second)
      assert.equal(new Set(first).size, 2)
    })

    it('neither cuts a range in use anew nor loses it', async () => {
      const w = await world(BOTH)
      await put(w, 'a', { host: 'h1' })
      const change = (spec: object) => refused(w, () => w.admission.put('Network', WEB, spec))
      assert.deepEqual(await change({ ...BOTH, blockPrefix6: 120 }), ['IN_USE', '/blockPrefix6'])
      assert.deepEqual(await change({ cidrs: ['10.1.0.0/16'] }), ['IN_USE', '/cidrs'])
      await w.admission.put('Network', WEB, { cidrs: ['FD00:1:0:0::/64', '10.1.0.0/16', 'fd00:2::/64'] })
    })

    it('knows a tunnel address in any text', async () => {
      const w = await world()
      await w.admission.put('Host', { name: 'h8' }, { tunnelAddress: '2001:db8::8' })
      const again = () => w.admission.put('Host', { name: 'h9' }, { tunnelAddress: '2001:DB8:0::8' })
      assert.deepEqual(await refused(w, again), ['CONFLICT', '/tunnelAddress'])
      await w.admission.put('Host', { name: 'h8' }, { tunnelAddress: '2001:DB8::8', underlayMtu: 9000 })
      checkInvariants(w.store)
    })
  })

  it('lists by scope', async () => {
    const { admission } = await world()
    await admission.put('Tenant', { name: 'red-2' }, {})
    await admission.put('Network', { tenant: 'red-2', name: 'web' }, { cidrs: ['10.1.0.0/28'] })
    assert.deepEqual(
      admission.list('Network', { tenant: 'red' }).map(({ ref }) => ref),
      [WEB],
    )
    assert.equal(admission.list('Network').length, 2)
    assert.equal(admission.list('Pod', { tenant: 'red', network: 'web' }).length, 0)
  })
})

describe('number spaces', () => {
  it('let a released number rest, go round once, and say when all are taken', async () => {
    const { store } = newWorld()
    const space = { name: 'test', min: 3, max: 5 }
    const take = () => store.transact((tx) => allocateNumber(tx, space, 'me')).then(({ value }) => value)
    assert.deepEqual([await take(), await take()], [3, 4])
    await store.transact((tx) => {
      releaseNumber(tx, space, 3)
    })
    assert.deepEqual([await take(), await take()], [5, 3])
    await assert.rejects(take(), { code: 'EXHAUSTED' })
    await store.transact((tx) => {
      releaseNumber(tx, space, 4)
    })
    assert.equal(await take(), 4)
  })
})

describe('Bitmap', () => {
  it('finds what is free from a place on and round, and reads its own text', () => {
    const bits = Bitmap.empty(12)
    for (const i of [0, 5, 11]) bits.add(i)
    assert.equal(bits.toString(), '2108')
    assert.deepEqual([bits.firstFree(0), bits.firstFree(5), bits.firstFree(11)], [1, 6, 1])
    bits.delete(0)
    assert.deepEqual([bits.has(0), bits.has(5), bits.firstFree(11)], [false, true, 0])
    const again = Bitmap.parse(bits.toString(), 12)
    for (let i = 0; i < 12; i++) again.add(i)
    assert.equal(again.firstFree(3), undefined, 'bits beyond the size are no numbers')
  })
})
