import assert from 'node:assert/strict'
import { formatFlow } from 'openflow-ts'
import type { Compiler } from '../../../src/compile/engine.js'
import { newWorld, type World } from '../intent/world.js'
import { compilerOf } from './support.js'

/** A kernel host and a userspace host, with a pod of tenant red each. */
async function site(): Promise<World & { compiler: Compiler }> {
  const world = newWorld()
  const { admission, store } = world
  await admission.put('Tenant', { name: 'red' }, {})
  await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.0.0.0/16', 'fd00::/64'] })
  for (const [i, datapathType] of (['system', 'netdev'] as const).entries()) {
    await admission.put('Host', { name: datapathType }, { tunnelAddress: `192.0.2.${i + 1}`, datapathType })
    await admission.put('Pod', { tenant: 'red', network: 'web', name: datapathType }, { host: datapathType })
  }
  const compiler = compilerOf(store)
  store.watch(store.revision, (commit) => void compiler.apply(commit))
  return { ...world, compiler }
}

const flowsOf = (compiler: Compiler, host: string): string[] =>
  Array.from(compiler.wanted(host).flows.values(), (flow) => formatFlow(flow))

describe('Flows that a datapath may not have', () => {
  it('leave neighbour discovery out for kernel hosts, which cannot write its options', async () => {
    const { compiler } = await site()
    const answers = (host: string) => flowsOf(compiler, host).filter((flow) => flow.includes('nd_options_type'))
    assert.equal(answers('netdev').length, 1)
    assert.deepEqual(answers('system'), [])
  })

  it('ask for conntrack only while a policy is about a tenant with pods on the host', async () => {
    const { admission, compiler } = await site()
    const tracked = () => flowsOf(compiler, 'system').filter((flow) => /\bct[(_]/.test(flow))
    const before = flowsOf(compiler, 'system').sort()
    assert.deepEqual(tracked(), [])
    const policy = { tenant: 'red', name: 'closed' }
    await admission.put('NetworkPolicy', policy, { network: 'web', podSelector: {}, policyTypes: ['Ingress'] })
    assert.ok(tracked().length > 0)
    await admission.delete('NetworkPolicy', policy)
    assert.deepEqual(flowsOf(compiler, 'system').sort(), before)
  })
})
