import assert from 'node:assert/strict'
import type { HeddleError } from '../../../src/model/errors.js'
import { newWorld, type World } from './world.js'

const UPLINK = { bridge: 'br-ex', interface: 'eth0', bandwidth: '100Mbit' }
const pod = (name: string) => ({ tenant: 'red', network: 'web', name })
const refusal = (code: string, text: RegExp) => (error: HeddleError) => error.code === code && text.test(error.message)

describe('guarantees', () => {
  let world: World
  let put: World['admission']['put']

  beforeEach(async () => {
    world = newWorld()
    put = world.admission.put.bind(world.admission)
    await put('Tenant', { name: 'red' }, {})
    await put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1', uplink: UPLINK })
    await put('Host', { name: 'h2' }, { tunnelAddress: '192.0.2.2', datapathType: 'netdev' })
    await put('BandwidthProfile', { tenant: 'red', name: 'gold' }, { egress: { guaranteed: '60Mbit' } })
    await put('BandwidthProfile', { tenant: 'red', name: 'silver' }, { egress: { guaranteed: '40Mbit' } })
    await put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'] })
  })

  const owed = () => [...world.store.list<{ bits: number }>('guarantees/')].map(({ key, value }) => `${key} ${value.bits / 1e6}`)

  it('of a host add up to its uplink and no more, and the refusal names who holds how much', async () => {
    await put('Pod', pod('a'), { host: 'h1', bandwidth: 'gold' })
    await put('Pod', pod('b'), { host: 'h1', bandwidth: 'silver' })
    await assert.rejects(
      put('Pod', pod('c'), { host: 'h1', bandwidth: 'silver' }),
      refusal('EXHAUSTED', /^host h1 can guarantee 100Mbit \(uplink 100Mbit, overcommit 1\), but would owe 140Mbit: red\/web\/a 60Mbit, red\/web\/b 40Mbit, red\/web\/c 40Mbit$/),
    )
    assert.deepEqual(owed(), ['guarantees/h1/red/web/a 60', 'guarantees/h1/red/web/b 40'])
    await put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1', uplink: { ...UPLINK, overcommit: 1.4 } })
    await put('Pod', pod('c'), { host: 'h1', bandwidth: 'silver' })
  })

  it('are looked at again when profile, network or uplink change, and are gone with the pod', async () => {
    await put('Pod', pod('a'), { host: 'h1', bandwidth: 'gold' })
    await put('Pod', pod('b'), { host: 'h1' })
    await assert.rejects(put('BandwidthProfile', { tenant: 'red', name: 'gold' }, { egress: { guaranteed: '101Mbit' } }), refusal('EXHAUSTED', /101Mbit/))
    await assert.rejects(put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'], bandwidth: 'gold' }), refusal('EXHAUSTED', /120Mbit/))
    await assert.rejects(put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1', uplink: { ...UPLINK, bandwidth: '50Mbit' } }), refusal('EXHAUSTED', /owe 60Mbit/))
    await put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'], bandwidth: 'silver' })
    assert.deepEqual(owed(), ['guarantees/h1/red/web/a 60', 'guarantees/h1/red/web/b 40'])
    await put('Pod', pod('a'), { host: 'h2', bandwidth: 'gold' })
    await world.admission.delete('Pod', pod('b'))
    assert.deepEqual(owed(), [])
  })

  it('that a host cannot keep are refused where the network says so', async () => {
    await put('Pod', pod('a'), { host: 'h2', bandwidth: 'gold' })
    await assert.rejects(
      put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'], unenforceable: 'refuse' }),
      refusal('INVALID', /egress\.guaranteed of pod red\/web\/a is not enforceable on host h2: the userspace datapath ignores queues of the uplink/),
    )
    await put('Pod', pod('a'), { host: 'h1', bandwidth: 'gold' })
    await put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'], unenforceable: 'refuse' })
    await assert.rejects(put('Pod', pod('a'), { host: 'h2', bandwidth: 'gold' }), refusal('INVALID', /not enforceable on host h2/))
    await assert.rejects(put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1' }), refusal('INVALID', /not enforceable on host h1: it has no uplink/))
  })

  it('need a profile that exists, and hold it', async () => {
    await assert.rejects(put('Pod', pod('a'), { host: 'h1', bandwidth: 'lead' }), refusal('INVALID', /^\/bandwidth: bandwidthprofile red\/lead does not exist$/))
    await put('Pod', pod('a'), { host: 'h1', bandwidth: 'gold' })
    const gold = { tenant: 'red', name: 'gold' }
    await assert.rejects(world.admission.delete('BandwidthProfile', gold), refusal('IN_USE', /is that of pods\/red\/web\/a/))
    await world.admission.delete('Pod', pod('a'))
    await world.admission.delete('BandwidthProfile', gold)
  })
})
