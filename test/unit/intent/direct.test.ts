import assert from 'node:assert/strict'
import { hostMac } from '../../../src/intent/segment.js'
import { HeddleError } from '../../../src/model/errors.js'
import { checkInvariants } from './invariants.js'
import { dump, newWorld, type World } from './world.js'

const UPLINK = { bridge: 'br-phy' }
const DIRECT = { cidrs: ['10.1.0.0/24', 'fd00:1::/64'], encapsulation: 'direct' }
const pod = (network: string, name: string) => ({ tenant: 'red', network, name })

/** Hosts h1 and h2 on the segment, h3 not; red with a direct network web and a tunnelled one db. */
async function world(): Promise<World> {
  const made = newWorld()
  const { admission } = made
  for (const n of [1, 2]) await admission.put('Host', { name: `h${n}` }, { tunnelAddress: `192.0.2.${n}`, uplink: UPLINK })
  await admission.put('Host', { name: 'h3' }, { tunnelAddress: '192.0.2.3' })
  for (const name of ['red', 'blue']) await admission.put('Tenant', { name }, {})
  await admission.put('Network', { tenant: 'red', name: 'web' }, DIRECT)
  await admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24'] })
  return made
}

/** Code, field and reason; nothing has changed. */
async function refused({ store }: World, write: Promise<unknown>): Promise<string[]> {
  const before = dump(store)
  const error: unknown = await write.then(() => undefined, (reason: unknown) => reason)
  assert(error instanceof HeddleError, 'it is refused')
  assert.equal(dump(store), before)
  return [error.code, ...error.issues.flatMap(({ pointer, detail }) => [pointer, detail])]
}

describe('Admission of direct networks', () => {
  it('refuses ranges that another direct network has, of whatever tenant; tunnelled ones may', async () => {
    const w = await world()
    const put = (spec: object) => w.admission.put('Network', { tenant: 'blue', name: 'web' }, spec)
    assert.deepEqual(await refused(w, put({ cidrs: ['10.7.0.0/24', '10.1.0.0/16'], encapsulation: 'direct' })), [
      'CONFLICT',
      '/cidrs/1',
      '10.1.0.0/16 overlaps 10.1.0.0/24 of networks/red/web, which is direct, too',
    ])
    await put({ cidrs: ['10.1.0.0/16'] })
    assert.equal((await refused(w, put({ cidrs: ['10.1.0.0/16'], encapsulation: 'direct' })))[0], 'CONFLICT')
    await put({ cidrs: ['10.2.0.0/16'], encapsulation: 'direct' })
    assert.equal((await refused(w, put({ cidrs: ['10.1.0.0/16'], encapsulation: 'direct' })))[0], 'CONFLICT')
    await w.admission.put('Network', { tenant: 'red', name: 'web' }, { ...DIRECT, mtu: 1400 })
    checkInvariants(w.store)
  })

  it("refuses a host's address in a direct network's range, whichever comes first", async () => {
    const w = await world()
    const spec = { cidrs: ['192.0.2.0/28'], encapsulation: 'direct' }
    const network = w.admission.put('Network', { tenant: 'blue', name: 'web' }, spec)
    const [code, pointer, detail] = await refused(w, network)
    assert.deepEqual([code, pointer, detail], ['CONFLICT', '/cidrs/0', '192.0.2.0/28 has 192.0.2.1, the tunnelAddress of hosts/h1'])
    assert.deepEqual(await refused(w, w.admission.put('Host', { name: 'h4' }, { tunnelAddress: 'fd00:1::4' })), [
      'CONFLICT',
      '/tunnelAddress',
      'fd00:1::4 is in fd00:1::/64 of networks/red/web, which is direct',
    ])
  })

  it('refuses pods of direct networks on hosts without an uplink, whichever changes', async () => {
    const w = await world()
    const { admission } = w
    assert.deepEqual(await refused(w, admission.put('Pod', pod('web', 'a'), { host: 'h3' })), [
      'INVALID',
      '/host',
      'host h3 has no uplink, which pods of a direct network need',
    ])
    await admission.put('Pod', pod('web', 'a'), { host: 'h1' })
    await admission.put('Pod', pod('db', 'b'), { host: 'h3' })
    await admission.put('Pod', pod('db', 'c'), { host: 'h2' })
    assert.deepEqual(await refused(w, admission.put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1' })), [
      'IN_USE',
      '/uplink',
      'pods/red/web/a is on the host and needs it: its network is direct',
    ])
    const toDirect = () => admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24'], encapsulation: 'direct' })
    assert.deepEqual(await refused(w, toDirect()), ['IN_USE', '/encapsulation', 'pods/red/db/b is on host h3, which has no uplink'])
    await admission.put('Pod', pod('db', 'b'), { host: 'h1' })
    await toDirect()
    await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: DIRECT.cidrs })
    await admission.put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1', uplink: { bridge: 'br-other' } })
    checkInvariants(w.store)
  })

  it('gives each host a MAC of its own that lasts as long as it', async () => {
    const { admission } = await world()
    const mac = (name: string) => hostMac(admission.get('Host', { name })!.record)
    const before = mac('h3')
    assert.equal(new Set([mac('h1'), mac('h2'), mac('h3')]).size, 3)
    for (const name of ['h1', 'h2', 'h3']) assert.equal(mac(name) >> 32n, 0x0e48n)
    await admission.put('Host', { name: 'h3' }, { tunnelAddress: '192.0.2.33' })
    assert.equal(mac('h3'), before)
    await admission.delete('Host', { name: 'h3' })
    await admission.put('Host', { name: 'h3' }, { tunnelAddress: '192.0.2.3' })
    assert.notEqual(mac('h3'), before)
  })
})
