import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import {
  BITS,
  contains,
  type Family,
  formatCidr,
  formatIp,
  hostCidr,
  type Ip,
  ipAt,
  linkLocalOf,
  mustParseCidr,
  mustParseIp,
  netmask,
  offsetIn,
  overlaps,
  parseIp,
  prefixAround,
  size,
} from '../../../src/model/address.js'

const ip: fc.Arbitrary<Ip> = fc.constantFrom<Family>(4, 6).chain((family) => {
  // Long runs of zeros and ones, as real addresses have them.
  const group = fc.oneof(fc.constant(0n), fc.constant(0xffffn), fc.bigInt(0n, 0xffffn))
  const groups = fc.array(group, { minLength: BITS[family] / 16, maxLength: BITS[family] / 16 })
  return groups.map((parts) => ({ family, value: parts.reduce((value, part) => (value << 16n) | part, 0n) }))
})

describe('model: addresses', () => {
  it('have one text, whatever they were given as', () => {
    for (const [given, text] of [
      ['10.1.0.5', '10.1.0.5'],
      ['2001:DB8:0:0:0:0:0:0001', '2001:db8::1'],
      ['fd00:0:0:1:0:0:0:1', 'fd00:0:0:1::1'],
      ['fd00:0:1:2:3:4:5:6', 'fd00:0:1:2:3:4:5:6'],
      ['1::2:0:0:3', '1::2:0:0:3'],
      ['::', '::'],
    ] as const) {
      assert.equal(formatIp(mustParseIp(given)), text)
    }
  })

  it('are refused when they are written in another way', () => {
    for (const text of ['', '10', '10.1', '0x0a.1.0.5', '010.1.0.5', '10.1.0.256', '10.1.0.5 ', 'fd00', 'fd00::1%eth0', 'fd00::10.1.0.5',
      ':::', '1::2::3', '00001::', '[fd00::1]', 'fd00::1/64', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', 'g::']) {
      assert.equal(parseIp(text), undefined, text)
    }
  })

  it('are those that Node knows, but for zone ids and dotted quads within IPv6', () => {
    const group = fc.oneof(fc.constantFrom('', '', '0', '00001', 'g'), fc.stringMatching(/^[0-9a-fA-F]{1,4}$/))
    const text = fc.array(group, { minLength: 2, maxLength: 10 }).map((groups) => groups.join(':'))
    fc.assert(
      fc.property(text, (candidate) => {
        assert.equal(parseIp(candidate) !== undefined, isIPv6(candidate), candidate)
      }),
      { numRuns: 2000 },
    )
  })

  it('are what they were after being written', () => {
    fc.assert(
      fc.property(ip, (address) => {
        const text = formatIp(address)
        assert.deepEqual(parseIp(text), address)
        assert.equal(isIPv6(text), address.family === 6)
      }),
    )
  })

  it('are in a prefix exactly when its bits are theirs', () => {
    fc.assert(
      fc.property(ip, ip, fc.nat(128), (a, b, length) => {
        const prefix = Math.min(length, BITS[a.family])
        const cidr = prefixAround(a, prefix)
        assert(contains(cidr, a))
        assert.deepEqual(mustParseCidr(formatCidr(cidr)), cidr)
        const bits = ({ family, value }: Ip): string => value.toString(2).padStart(BITS[family], '0')
        const same = a.family === b.family && bits(a).slice(0, prefix) === bits(b).slice(0, prefix)
        assert.equal(contains(cidr, b), same)
        assert.equal(overlaps(cidr, hostCidr(b)), same)
        assert.equal(overlaps(hostCidr(b), cidr), same)
      }),
    )
  })

  it('have places in their prefix', () => {
    const cidr = mustParseCidr('fd00:1::40/122')
    assert.equal(size(cidr), 64)
    assert.equal(formatIp(ipAt(cidr, 63)), 'fd00:1::7f')
    assert.equal(offsetIn(cidr, mustParseIp('fd00:1::7f')), 63)
    assert.equal(netmask(4, 26), 0xffff_ffc0n)
    assert.equal(netmask(6, 0), 0n)
  })

  it('of a link are made from the MAC', () => {
    assert.equal(formatIp(linkLocalOf(0x0248_0a01_0002n)), 'fe80::48:aff:fe01:2')
    assert.equal(formatIp(linkLocalOf(0x3456_789a_bcden)), 'fe80::3656:78ff:fe9a:bcde')
  })
})
