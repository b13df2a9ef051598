import assert from 'node:assert/strict'
import type { Compiler } from '../../../src/compile/engine.js'
import type { HostDelta } from '../../../src/compile/wanted.js'
import { type World, newWorld } from '../intent/world.js'
import { compilerOf } from './support.js'

const PORTS = [{ name: 'http', port: 8080 }]
const LABELS = [{ app: 'front' }, { app: 'back' }, { app: 'db', tier: 'x' }, {}]

/** Stages and tiers in which a rule names the port `http`: a flow for the pod in each. */
const NAMED_PLACES = 3
/** A pod with one IPv4 address. */
const FLOWS_OF_POD = 5

/** A tenant with policies that select its pods as senders and as receivers, by every means. */
async function addTenant({ admission }: World, tenant: string): Promise<void> {
  await admission.put('Tenant', { name: tenant }, {})
  await admission.put('Network', { tenant, name: 'web' }, { cidrs: ['10.0.0.0/8'], blockPrefix: 20, default: 'deny' })
  await admission.put('NetworkPolicy', { tenant, name: 'receive' }, {
    podSelector: { matchLabels: { app: 'front' } },
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'front' } } }], ports: [{ port: 'http' }, { port: 443 }] },
      { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/24'] } }] },
      { ports: [{ protocol: 'UDP', port: 1000, endPort: 2000 }] },
    ],
  })
  await admission.put('NetworkPolicy', { tenant, name: 'send' }, {
    network: 'web',
    egress: [
      { to: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }], ports: [{ port: 'http' }] },
      { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'ICMP' }] },
    ],
  })
  await admission.put('AdminPolicy', { name: 'first' }, {
    priority: 1,
    ingress: [
      { action: 'Deny', from: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 22 }], log: true },
      { action: 'Pass', ports: [{ port: 'http' }] },
    ],
    egress: [{ action: 'Allow', to: [{ ipBlock: { cidr: '10.0.0.0/16' } }], ports: [{ protocol: 'UDP', port: 53 }] }],
  })
  await admission.put('AdminPolicy', { name: 'last' }, { tier: 'Baseline', priority: 1, ingress: [{ action: 'Deny' }] })
}

const HOSTS_OF_TENANT = 100
const tenantOf = (host: number) => `t${Math.floor(host / HOSTS_OF_TENANT)}`

/** Pods of all labels on each of the hosts, `pods` in all, and a compiler that follows. */
async function cluster(hosts: number, pods: number): Promise<World & { compiler: Compiler; deltas: HostDelta[] }> {
  const world = newWorld()
  const { admission, store } = world
  const jobs: Promise<unknown>[] = []
  for (let host = 0; host < hosts; host++) {
    const tenant = tenantOf(host)
    if (host % HOSTS_OF_TENANT === 0) await addTenant(world, tenant)
    jobs.push(admission.put('Host', { name: `h${host}` }, { tunnelAddress: `192.0.${host >> 8}.${host & 255}` }))
  }
  for (let i = 0; i < pods; i++) {
    const host = i % hosts
    const spec = { host: `h${host}`, labels: LABELS[Math.floor(i / hosts) % LABELS.length], ports: PORTS }
    jobs.push(admission.put('Pod', { tenant: tenantOf(host), network: 'web', name: `p${i}` }, spec))
  }
  await Promise.all(jobs)
  const compiler = compilerOf(store)
  const deltas: HostDelta[] = []
  store.watch(store.revision, (commit) => deltas.push(...compiler.apply(commit)))
  return { ...world, compiler, deltas }
}

const SIZES = [
  [2, 10],
  [2, 10_000],
  [500, 10_000],
] as const

const WAYS: readonly [string, object, number][] = [
  ['that receives and sends by policies and has a port by name', { labels: LABELS[0], ports: PORTS }, 1 + NAMED_PLACES],
  ['that receives and sends by policies', { labels: LABELS[0] }, 1],
  ['that sends by policies, and is denied by an AdminPolicy', { labels: LABELS[2] }, 1],
  ['without labels', {}, 1],
]

describe('cost of a pod more with known labels, with policies that select it', function () {
  this.timeout(300_000)

  for (const [hosts, pods] of SIZES) {
    it(`is the same few units of its own host, beside ${pods} pods on ${hosts} hosts`, async () => {
      const { admission, compiler, deltas, store } = await cluster(hosts, pods)
      for (const [i, [what, more, units]] of WAYS.entries()) {
        const before = compiler.recompiled
        deltas.length = 0
        const ref = { tenant: 't0', network: 'web', name: `new${i}` }
        await admission.create('Pod', ref, { host: 'h1', ...more })
        assert.equal(compiler.recompiled - before, units, `units of a pod ${what}`)
        assert.deepEqual(deltas.map(({ host }) => host), ['h1'], what)
        const [{ flows, deletedFlows }] = deltas as [HostDelta]
        assert.deepEqual([flows.length, deletedFlows.length], [FLOWS_OF_POD + units - 1, 0], what)
        await admission.delete('Pod', ref)
        assert.equal(compiler.recompiled - before, 2 * units, `units of the end of a pod ${what}`)
        assert.deepEqual(new Set(deltas.map(({ host }) => host)), new Set(['h1']), what)
      }
      await store.close()
    })
  }

  it('is of its own host alone where its labels are known, but new to the host', async () => {
    const { admission, compiler, deltas } = await cluster(3, 9)
    await admission.put('Pod', { tenant: 't0', network: 'web', name: 'p' }, { host: 'h0', labels: { app: 'new' } })
    deltas.length = 0
    const before = compiler.recompiled
    await admission.put('Pod', { tenant: 't0', network: 'web', name: 'q' }, { host: 'h2', labels: { app: 'new' } })
    assert.deepEqual(deltas.map(({ host }) => host), ['h2'])
    assert(compiler.recompiled - before < 20)
  })
})
