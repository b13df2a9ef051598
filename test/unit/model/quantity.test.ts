import assert from 'node:assert/strict'
import fc from 'fast-check'
import { limitsOf, profileIssues } from '../../../src/model/bandwidth.js'
import { specIssues } from '../../../src/model/validate.js'
import { formatQuantity, parseQuantity, type QuantityName } from '../../../src/model/quantity.js'

describe('quantities', () => {
  const good: readonly [QuantityName, string, number][] = [
    ['bitRate', '50Mbit', 50_000_000],
    ['bitRate', '1.5Gbit', 1_500_000_000],
    ['bitRate', '64kbit', 64_000],
    ['bitRate', '800bit', 800],
    ['bytes', '64kB', 64_000],
    ['packetRate', '10kpps', 10_000],
    ['packetRate', '0.5Mpps', 500_000],
    ['frequency', '100/s', 100],
    ['frequency', '2k/s', 2_000],
  ]
  for (const [kind, text, value] of good) {
    it(`takes ${text} for ${value}`, () => {
      assert.deepEqual(parseQuantity(kind, text), { value })
    })
  }

  for (const text of ['', '50', '50 Mbit', '50mbit', '50Mbits', '50MBit', '-1Mbit', '1e6bit', '.5Mbit', '1,5Mbit', '50kpps', 'Mbit', '2Tbit']) {
    it(`refuses "${text}" as a rate, and says what one is`, () => {
      const parsed = parseQuantity('bitRate', text)
      assert.ok('error' in parsed && parsed.error.includes(text === '2Tbit' ? 'is more than 1Tbit' : 'like 50Mbit'))
    })
  }

  it('are read again as they were written', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 12), (value) => {
        assert.deepEqual(parseQuantity('bitRate', formatQuantity('bitRate', value)), { value })
      }),
    )
  })
})

describe('bandwidth profiles', () => {
  it('mean plain numbers', () => {
    const egress = { guaranteed: '2Mbit', max: '10Mbit', burst: '64kB', priority: 0, packetRate: '1kpps', packetBurst: 50, floodGuard: { syn: '100pps' }, dscp: 46 }
    assert.deepEqual(specIssues('BandwidthProfile', { egress }), [])
    assert.deepEqual(limitsOf({ ...egress, newConnectionRate: '5/s' }), {
      guaranteed: 2_000_000,
      max: 10_000_000,
      burst: 64_000,
      packetRate: 1_000,
      newConnectionRate: 5,
      priority: 0,
      packetBurst: 50,
      dscp: 46,
      floods: { syn: 100 },
    })
  })

  const bad: readonly [object, string, RegExp][] = [
    [{ egress: { max: '10 megs' } }, '/egress/max', /"10 megs" is not bits a second, like 50Mbit/],
    [{ ingress: { guaranteed: '2Mbit', max: '1Mbit' } }, '/ingress/guaranteed', /is more than max \(1Mbit\)/],
    [{ egress: { max: '1kbit' } }, '/egress/max', /must be at least 16kbit/],
    [{ egress: { burst: '1kB' } }, '/egress/burst', /has no meaning without max or guaranteed/],
    [{ egress: { packetBurst: 5 } }, '/egress/packetBurst', /has no meaning without packetRate/],
    [{ egress: { floodGuard: { udp: '0pps' } } }, '/egress/floodGuard/udp', /must be at least 1pps/],
  ]
  for (const [spec, pointer, detail] of bad) {
    it(`are refused for ${pointer}: ${detail.source}`, () => {
      const issues = profileIssues(spec)
      assert.deepEqual(issues.map((issue) => issue.pointer), [pointer])
      assert.match(issues[0]!.detail, detail)
    })
  }

  it('have priorities from 0 to 7 and nothing that they do not know', () => {
    assert.deepEqual(
      specIssues('BandwidthProfile', { egress: { priority: 8, colour: 'red' } }).map(({ pointer }) => pointer).sort(),
      ['/egress/colour', '/egress/priority'],
    )
    assert.deepEqual(
      specIssues('Host', { tunnelAddress: '192.0.2.1', uplink: { bridge: 'br-ex', interface: 'eth0', bandwidth: 'fast' } }).map(({ pointer }) => pointer),
      ['/uplink/bandwidth'],
    )
  })
})
