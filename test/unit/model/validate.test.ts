import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatCidr, prefixAround, size } from '../../../src/model/address.js'
import { HeddleError } from '../../../src/model/errors.js'
import { KIND_ORDER, type KindName } from '../../../src/model/kinds.js'
import {
  refIssues,
  specIssues,
  validateName,
  validateRef,
  validateSpec,
  withDefaults,
} from '../../../src/model/validate.js'

/** `pointer: detail` of each issue. */
function issuesOf(kind: KindName, spec: unknown): string[] {
  return specIssues(kind, spec).map(({ pointer, detail }) => `${pointer}: ${detail}`)
}

describe('model: names', () => {
  it('are RFC 1123 labels', () => {
    for (const name of ['a', 'a-1', '0', 'x'.repeat(63)]) assert.equal(validateName(name), undefined)
    for (const name of ['', '-a', 'a-', 'A', 'a.b', 'a/b', 'a_b', 'ä', 'a\n', 'x'.repeat(64), 7, null, undefined]) {
      assert.notEqual(validateName(name), undefined, String(name))
    }
  })

  it('must all be there, and are named by their field', () => {
    const issues = refIssues('Pod', { tenant: 'red', name: 'A' })
    assert.deepEqual(issues.map(({ pointer }) => pointer), ['/network', '/name'])
    assert.throws(
      () => {
        validateRef('Network', { tenant: '', name: 'web' })
      },
      (error: unknown) => {
        assert.ok(error instanceof HeddleError && error.code === 'INVALID')
        return error.issues[0]?.pointer === '/tenant'
      },
    )
    validateRef('Tenant', { name: 'red' })
  })
})

describe('model: specs', () => {
  it('says everything that is wrong with the form, in words', () => {
    assert.deepEqual(issuesOf('Network', { cidrs: ['10.0.0.0/8', 2], encapsulation: 'x', mtu: '1', 'a/b~c': 1 }), [
      '/a~1b~0c: is not a field of Network, which has cidrs, encapsulation, labels, default, blockPrefix, blockPrefix6, mtu, bandwidth, unenforceable',
      '/cidrs/1: must be a string',
      '/encapsulation: must be "vxlan" or "gre" or "direct"',
      '/mtu: must be an integer',
    ])
    assert.deepEqual(issuesOf('Host', {}), ['/tunnelAddress: is required'])
    assert.deepEqual(issuesOf('Host', { tunnelAddress: '192.0.2.1', uplink: {} }), ['/uplink/bridge: is required'])
    assert.deepEqual(issuesOf('Host', { tunnelAddress: '192.0.2.1', uplink: { bridge: 'br-int' } }), [
      "/uplink/bridge: br-int is the controller's own: the uplink is a port of another bridge",
    ])
    assert.deepEqual(issuesOf('Host', { tunnelAddress: '192.0.2.1', underlayMtu: 1, ovsdb: 'ssl:x:1' }), [
      '/underlayMtu: must be at least 576',
      '/ovsdb: must be tcp:HOST:PORT or unix:/PATH',
    ])
    for (const nothing of [null, [], 'x', 7]) assert.deepEqual(issuesOf('Tenant', nothing), [': must be an object'])
    assert.deepEqual(issuesOf('Network', { cidrs: [] }), ['/cidrs: must have at least 1 entries'])
    assert.deepEqual(issuesOf('Tenant', { description: 'x'.repeat(1025) }), [
      '/description: must have at most 1024 characters',
    ])
  })

  it('reports every field of a long list of wrong ones', () => {
    const spec = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${String(i)}`, 1]))
    assert.equal(specIssues('Tenant', spec).length, 100)
  })

  it('knows labels as Kubernetes does', () => {
    const pod = (labels: unknown): string[] => issuesOf('Pod', { host: 'h1', labels })
    assert.deepEqual(pod({ app: 'x', 'example.com/tier': '', A_b: '1.2' }), [])
    const long = 'x'.repeat(64)
    for (const labels of [{ '-a': 'x' }, { 'a b': 'x' }, { '/a': 'x' }, { a: 'b c' }, { a: long }, { a: 1 }]) {
      const [issue, ...more] = pod(labels)
      assert.match(issue ?? '', /^\/labels\//, JSON.stringify(labels))
      assert.deepEqual(more, [])
    }
    assert.match(pod({ a: 'b c' })[0] ?? '', /^\/labels\/a: must be empty or letters/)
  })

  it('understands ranges', () => {
    const network = (...cidrs: string[]): string[] => issuesOf('Network', { cidrs })
    assert.deepEqual(network('10.0.0.0/8', '192.168.0.0/16', '172.16.0.0/30'), [])
    assert.deepEqual(network('10.0.0.0/8', 'fd00:1::/64', '2001:DB8::/32', 'fd00:2::/126'), [])
    assert.deepEqual(network('fd00:1::/64', '10.0.0.0/8', 'FD00:1:0:0:8000::/65'), [
      '/cidrs/2: fd00:1:0:0:8000::/65 overlaps fd00:1::/64 of /cidrs/0',
    ])
    assert.deepEqual(network('10.0.0.0/8', '10.0.0.0/8'), ['/cidrs/1: 10.0.0.0/8 is the same as /cidrs/0'])
    assert.deepEqual(network('10.1.0.0/16', '11.0.0.0/8', '10.0.0.0/8'), [
      '/cidrs/2: 10.0.0.0/8 overlaps 10.1.0.0/16 of /cidrs/0',
    ])
    for (const [cidr, reason] of [
      ['10.0.0.0', /prefix length/],
      ['10.0.0.0/08', /prefix length/],
      ['010.0.0.0/8', /not a prefix like/],
      ['10.0.0.0/33', /prefix length from 0 to 32/],
      ['fd00::', /prefix length from 0 to 128/],
      ['fd00::/129', /prefix length from 0 to 128/],
      ['fd00::1/64', /did you mean fd00::\/64/],
      ['FD00:0:0::1:0:0/64', /did you mean fd00::\/64/],
      ['fd00::/127', /at most 126/],
      ['fd00::%eth0/64', /not a prefix like/],
      ['fd00::00000/64', /not a prefix like/],
      ['fd00:::/64', /not a prefix like/],
      ['::/0', /overlaps ::\/128 \(unspecified\)/],
      ['::ffff:a00:0/104', /IPv4-mapped/],
      ['::a00:0/104', /IPv4-compatible/],
      ['fe80::/64', /link-local/],
      ['ff05::/16', /multicast/],
      ['10.0.0.1/8', /did you mean 10\.0\.0\.0\/8/],
      ['10.0.0.0/31', /no room/],
      ['10.0.0.0/32', /no room/],
      ['0.0.0.0/0', /overlaps 0\.0\.0\.0\/8/],
      ['127.1.0.0/16', /loopback/],
      ['169.254.0.0/16', /link-local/],
      ['224.0.0.0/4', /multicast/],
      ['250.0.0.0/8', /reserved/],
    ] as const) {
      const [issue, ...more] = network(cidr)
      assert.match(issue ?? 'nothing', reason, cidr)
      assert.deepEqual(more, [])
    }
    const [large] = issuesOf('Network', { cidrs: ['10.0.0.0/26'], blockPrefix: 24 })
    assert.match(large ?? '', /^\/cidrs\/0: .*smaller than a block/)
    assert.deepEqual(issuesOf('Network', { cidrs: ['10.0.0.0/26'], blockPrefix: 26 }), [])
    assert.deepEqual(issuesOf('Network', { cidrs: ['fd00::/120'], blockPrefix: 20, blockPrefix6: 118 }), [
      '/cidrs/0: fd00::/120 is smaller than a block: blockPrefix6 (118) must be at least 120',
    ])
    assert.deepEqual(issuesOf('Network', { cidrs: ['10.0.0.0/24'], blockPrefix6: 112 }), [])
  })

  it('asks for the MTU that IPv6 needs', () => {
    assert.deepEqual(issuesOf('Network', { cidrs: ['10.0.0.0/24', 'fd00::/64'], mtu: 1279 }), [
      '/mtu: must be at least 1280 in a network with an IPv6 range',
    ])
    assert.deepEqual(issuesOf('Network', { cidrs: ['fd00::/64'], mtu: 1280 }), [])
    assert.deepEqual(issuesOf('Network', { cidrs: ['10.0.0.0/24'], mtu: 576 }), [])
  })

  it('finds an overlap exactly where two ranges share an address', () => {
    const v4 = fc
      .tuple(fc.bigInt(0x0a000000n, 0x0a0000ffn), fc.integer({ min: 24, max: 30 }))
      .map(([value, prefix]) => prefixAround({ family: 4, value }, prefix))
    const v6 = fc
      .tuple(fc.bigInt(0n, 0xffn), fc.integer({ min: 120, max: 126 }))
      .map(([low, prefix]) => prefixAround({ family: 6, value: (0xfd00n << 112n) | low }, prefix))
    const cidr = fc.oneof(v4, v6)
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const end = (range: typeof a): bigint => range.address + BigInt(size(range))
        const share = a.family === b.family && a.address < end(b) && b.address < end(a)
        assert.equal(specIssues('Network', { cidrs: [formatCidr(a), formatCidr(b)] }).length, share ? 1 : 0)
      }),
    )
  })

  it('understands addresses of hosts and pods', () => {
    for (const tunnelAddress of ['1.2.3', '0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '1.2.3.4/9',
      '::', '::1', '::ffff:192.0.2.1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '2001:db8::/64', '2001:db8:::1']) {
      assert.match(issuesOf('Host', { tunnelAddress })[0] ?? '', /^\/tunnelAddress: /, tunnelAddress)
    }
    assert.deepEqual(issuesOf('Host', { tunnelAddress: '2001:db8::1' }), [])
    const target = (ovsdb: string): string[] => issuesOf('Host', { tunnelAddress: '192.0.2.1', ovsdb })
    for (const good of ['tcp:192.0.2.1:6640', 'tcp:[2001:db8::1]:6640', 'tcp:host-1.example:1', 'unix:/run/db.sock']) {
      assert.deepEqual(target(good), [])
    }
    for (const bad of ['tcp:h:0', 'tcp:h:65536', 'tcp:a b:1', 'tcp:::1:6640', 'tcp:[1.2.3.4]:1', 'tcp:-h:1']) {
      assert.match(target(bad)[0] ?? '', /^\/ovsdb: /, bad)
    }
    const pod = (fields: object): string[] => issuesOf('Pod', { host: 'h1', ...fields })
    assert.deepEqual(pod({ address: '10.0.0.9', mac: '02:00:00:00:00:0A', interface: 'eth0.5' }), [])
    assert.deepEqual(pod({ address: 'fd00::9' }), [])
    assert.deepEqual(pod({ addresses: ['fd00::9', '10.0.0.9'] }), [])
    for (const address of ['10.0.0', '10.0.0.9/24', '224.0.0.9', 'fd00::g', 'fe80::1', '::ffff:10.0.0.9']) {
      assert.match(pod({ address })[0] ?? '', /^\/address: /)
    }
    assert.deepEqual(pod({ address: '10.0.0.9', addresses: ['fd00::9'] }), ['/addresses: cannot be given beside address'])
    assert.deepEqual(pod({ addresses: ['10.0.0.9', '10.0.0.8'] }), ['/addresses/1: is a second IPv4 address'])
    assert.deepEqual(pod({ addresses: ['fd00::9', 'ff02::1'] }), ['/addresses/1: ff02::1 is in ff00::/8 (multicast)'])
    assert.deepEqual(pod({ addresses: [] }), ['/addresses: must have at least 1 entries'])
    for (const mac of ['02:00:00:00:00', '02-00-00-00-00-01', '00:00:00:00:00:00', '01:00:00:00:00:01']) {
      assert.match(pod({ mac })[0] ?? '', /^\/mac: /, mac)
    }
    for (const device of ['', '-x', 'a/b', 'a b', 'x'.repeat(16), 'br-int', 'lo']) {
      assert.match(pod({ interface: device })[0] ?? '', /^\/interface: /, device)
    }
  })

  it('throws for any value at all, or gives it back as it was', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KIND_ORDER), fc.jsonValue(), (kind, value) => {
        const before = JSON.stringify(value)
        try {
          assert.equal(validateSpec(kind, value), value)
        } catch (error) {
          assert.ok(error instanceof HeddleError && error.code === 'INVALID' && error.issues.length > 0)
        }
        assert.equal(JSON.stringify(value), before)
      }),
    )
  })

  it('fills defaults in, over nothing that was given', () => {
    const host = { tunnelAddress: '192.0.2.1' }
    assert.deepEqual(withDefaults('Host', host), { ...host, underlayMtu: 1500, datapathType: 'system' })
    assert.deepEqual(host, { tunnelAddress: '192.0.2.1' })
    const network = { cidrs: ['10.0.0.0/8'], encapsulation: 'gre' } as const
    assert.deepEqual(withDefaults('Network', { ...network, cidrs: [...network.cidrs] }), { ...network, default: 'allow', unenforceable: 'report' })
  })
})
