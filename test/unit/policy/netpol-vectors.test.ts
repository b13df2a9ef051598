import assert from 'node:assert/strict'
import { answerNetpol } from '../../../tools/conformance/netpol/answer.js'
import { rangesFor } from '../../../tools/conformance/netpol/ranges.js'
import type { Resource } from '../../../tools/conformance/netpol/resources.js'

const PORTS = [{ name: 'http', port: 80, protocol: 'TCP' }]
const WORLD = {
  namespaces: { x: { labels: { ns: 'x' } }, y: { labels: { ns: 'y' } } },
  pods: [
    { namespace: 'x', name: 'a', labels: { pod: 'a' }, ip: '10.0.1.2', ports: PORTS },
    { namespace: 'y', name: 'a', labels: { pod: 'a' }, ip: '10.0.1.66', ports: PORTS },
  ],
}

/** The resources at each step of a vector, and its matrices where everything is reached. */
async function steps(...list: readonly { readonly actions: readonly object[]; readonly probe: object }[]) {
  const resources: (readonly Resource[])[] = []
  const matrices = await answerNetpol({ world: WORLD, steps: list }, (now) => {
    resources.push(now)
    return () => true
  })
  return { resources, matrices }
}

const all = { all: true }
const names = (resources: readonly Resource[], kind: Resource['kind']): string[] =>
  resources.filter((resource) => resource.kind === kind).map(({ ref }) => [ref.network, ref.name].join('/'))

describe('vectors of NetworkPolicy', () => {
  it('give each network the ranges in which its pods may have their addresses', () => {
    assert.deepEqual(rangesFor(['10.0.1.2']), ['10.0.1.0/30'])
    assert.deepEqual(rangesFor(['10.0.1.2', '10.0.2.131']), ['10.0.1.0/30', '10.0.2.128/29'])
    // 101 would be the gateway's in the smallest range around it, and 102 comes with the range of 101.
    assert.deepEqual(rangesFor(['10.0.9.102', '10.0.9.101']), ['10.0.9.96/29'])
    assert.deepEqual(rangesFor(['10.0.9.255']), ['10.0.8.0/22'])
  })

  it('make policies of the network of their namespace, in the one way in which Heddle takes blocks', async () => {
    const spec = {
      podSelector: null,
      policyTypes: null,
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.7/8', except: ['10.1.0.0/16', '10.1.2.0/24'] } }], ports: null }],
      egress: null,
    }
    const policy = { metadata: { name: 'p', namespace: 'y' }, spec }
    const { resources } = await steps({ actions: [{ action: 'createPolicy', policy }], probe: all })
    assert.deepEqual(resources[0]?.find(({ kind }) => kind === 'NetworkPolicy')?.spec, {
      network: 'y',
      podSelector: {},
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [] }],
      egress: [],
    })
  })

  it('take pods and policies away with their namespace', async () => {
    const policy = { metadata: { name: 'p', namespace: 'y' }, spec: { podSelector: {} } }
    const { resources, matrices } = await steps(
      { actions: [{ action: 'createPolicy', policy }], probe: all },
      { actions: [{ action: 'deleteNamespace', namespace: 'y' }], probe: all },
    )
    const kinds = ['Network', 'NetworkPolicy', 'Pod'] as const
    assert.deepEqual(
      resources.map((now) => kinds.map((kind) => names(now, kind))),
      [
        [['/x', '/y'], ['/y--p'], ['x/a', 'y/a']],
        [['/x'], [], ['x/a']],
      ],
    )
    assert.deepEqual(matrices, [{ '80/TCP': { 'x/a': '11', 'y/a': '11' } }, { '80/TCP': { 'x/a': '1' } }])
  })

  it('reach a port only where it is served, by number or by name', async () => {
    const probes = [
      { port: 'http', protocol: 'TCP' },
      { port: 81, protocol: 'TCP' },
    ]
    const { matrices } = await steps(...probes.map((probe) => ({ actions: [], probe })))
    assert.deepEqual(matrices, [
      { 'http/TCP': { 'x/a': '11', 'y/a': '11' } },
      { '81/TCP': { 'x/a': '00', 'y/a': '00' } },
    ])
  })
})
