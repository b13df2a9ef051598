import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatCidr, netmask } from '../../../src/model/address.js'
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
      '/a~1b~0c: is not a field of Network, which has cidrs, encapsulation, blockPrefix, mtu',
      '/cidrs/1: must be a string',
      '/encapsulation: must be "vxlan" or "gre"',
      '/mtu: must be an integer',
    ])
    assert.deepEqual(issuesOf('Host', {}), ['/tunnelAddress: is required'])
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
    assert.deepEqual(network('10.0.0.0/8', '10.0.0.0/8'), ['/cidrs/1: 10.0.0.0/8 is the same as /cidrs/0'])
    assert.deepEqual(network('10.1.0.0/16', '11.0.0.0/8', '10.0.0.0/8'), [
      '/cidrs/2: 10.0.0.0/8 overlaps 10.1.0.0/16 of /cidrs/0',
    ])
    for (const [cidr, reason] of [
      ['10.0.0.0', /prefix length/],
      ['10.0.0.0/08', /prefix length/],
      ['010.0.0.0/8', /not an IPv4 prefix/],
      ['fd00::/8', /not an IPv4 prefix/],
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
  })

  it('finds an overlap exactly where two ranges share an address', () => {
    const cidr = fc
      .tuple(fc.integer({ min: 0x0a000000, max: 0x0a0000ff }), fc.integer({ min: 24, max: 30 }))
      .map(([address, prefix]) => ({ address: (address & netmask(prefix)) >>> 0, prefix }))
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const end = ({ address, prefix }: typeof a): number => address + 2 ** (32 - prefix)
        const share = a.address < end(b) && b.address < end(a)
        assert.equal(specIssues('Network', { cidrs: [formatCidr(a), formatCidr(b)] }).length, share ? 1 : 0)
      }),
    )
  })

  it('understands addresses of hosts and pods', () => {
    for (const tunnelAddress of ['1.2.3', '0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::1', '1.2.3.4/9']) {
      assert.match(issuesOf('Host', { tunnelAddress })[0] ?? '', /^\/tunnelAddress: /, tunnelAddress)
    }
    const target = (ovsdb: string): string[] => issuesOf('Host', { tunnelAddress: '192.0.2.1', ovsdb })
    for (const good of ['tcp:192.0.2.1:6640', 'tcp:[2001:db8::1]:6640', 'tcp:host-1.example:1', 'unix:/run/db.sock']) {
      assert.deepEqual(target(good), [])
    }
    for (const bad of ['tcp:h:0', 'tcp:h:65536', 'tcp:a b:1', 'tcp:::1:6640', 'tcp:[1.2.3.4]:1', 'tcp:-h:1']) {
      assert.match(target(bad)[0] ?? '', /^\/ovsdb: /, bad)
    }
    const pod = (fields: object): string[] => issuesOf('Pod', { host: 'h1', ...fields })
    assert.deepEqual(pod({ address: '10.0.0.9', mac: '02:00:00:00:00:0A', interface: 'eth0.5' }), [])
    for (const address of ['10.0.0', '10.0.0.9/24', '224.0.0.9']) {
      assert.match(pod({ address })[0] ?? '', /^\/address: /)
    }
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
    assert.deepEqual(withDefaults('Network', { ...network, cidrs: [...network.cidrs] }), network)
  })
})
