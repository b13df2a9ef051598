import assert from 'node:assert/strict'
import { networkMtu, podMtu } from '../../../src/model/mtu.js'

describe('model: MTU', () => {
  it('leaves what the tunnel does not need', () => {
    assert.equal(podMtu('vxlan', { mtu: 1500, family: 4 }), 1450)
    assert.equal(podMtu('gre', { mtu: 1500, family: 4 }), 1458)
    assert.equal(podMtu('vxlan', { mtu: 1500, family: 6 }), 1430)
    assert.equal(podMtu('gre', { mtu: 1500, family: 6 }), 1438)
    for (const family of [4, 6] as const) assert.equal(podMtu('direct', { mtu: 1500, family }), 1500)
  })

  it('is that of the smallest underlay, or lower when asked for', () => {
    const underlays = (...mtus: number[]) => mtus.map((mtu) => ({ mtu, family: 4 as const }))
    assert.equal(networkMtu('vxlan', underlays(9000, 1500, 1600)), 1450)
    assert.equal(networkMtu('vxlan', []), 1450)
    assert.equal(networkMtu('gre', underlays(9000), 1400), 1400)
    assert.equal(networkMtu('gre', underlays(1500), 9000), 1458)
  })

  it('leaves room for the larger header as soon as one host is reached over IPv6', () => {
    assert.equal(networkMtu('vxlan', [{ mtu: 1500, family: 4 }, { mtu: 9000, family: 6 }]), 1430)
    assert.equal(networkMtu('gre', [{ mtu: 1500, family: 6 }]), 1438)
  })
})
