import assert from 'node:assert/strict'
import { networkMtu, podMtu } from '../../../src/model/mtu.js'

describe('model: MTU', () => {
  it('leaves what the tunnel does not need', () => {
    assert.equal(podMtu('vxlan', 1500), 1450)
    assert.equal(podMtu('gre', 1500), 1458)
  })

  it('is that of the smallest underlay, or lower when asked for', () => {
    assert.equal(networkMtu('vxlan', [9000, 1500, 1600]), 1450)
    assert.equal(networkMtu('vxlan', []), 1450)
    assert.equal(networkMtu('gre', [9000], 1400), 1400)
    assert.equal(networkMtu('gre', [1500], 9000), 1458)
  })
})
