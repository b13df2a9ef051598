import assert from 'node:assert/strict'
import type { Flow } from 'openflow-ts'
import { parseFlow, flowKey } from 'openflow-ts'
import { copyOfWanted } from '../../../src/compile/wanted.js'
import { Fabric } from '../../../src/explain/fabric.js'
import { reach } from '../../../src/explain/reach.js'
import { reachDiff, type ReachDiff } from '../../../src/explain/reach-diff.js'
import { formatRange } from '../../../src/explain/services.js'
import { finish, inSlices } from '../../../src/explain/slices.js'
import { type FabricSource, freeze } from '../../../src/explain/source.js'
import { verify } from '../../../src/explain/verify.js'
import { compilerOf } from '../compile/support.js'
import { newWorld } from '../intent/world.js'
import { HTTP, worldOf } from './support.js'

const PODS = ['red/web/a@h1', 'red/web/b@h1', 'red/web/c@h2', 'red/db/d@h3', 'blue/web/a@h1', 'blue/web/b@h2']

/** With flows more on a host. */
function withFlows(source: FabricSource, host: string, ...texts: readonly string[]): FabricSource {
  const more = texts.map((text): [string, Flow] => [flowKey(parseFlow(text)), parseFlow(text)])
  return {
    view: source.view,
    ofport: (h, port) => source.ofport(h, port),
    unitsOf: (h) => source.unitsOf(h),
    wanted: (h) => {
      const wanted = source.wanted(h)
      return h === host ? { ...copyOfWanted(wanted), flows: new Map([...wanted.flows, ...more]) } : wanted
    },
  }
}

const lines = ({ changes }: ReachDiff): string[] =>
  changes.map(({ from, to, gained, lost }) => {
    const text = [...gained.map((range) => `+${formatRange(range)}`), ...lost.map((range) => `-${formatRange(range)}`)]
    return `${from.join(' ')} > ${to.join(' ')}: ${text.join(', ')}`
  })

describe('explain: reach', () => {
  it('is a matrix of the pods of a tenant, both ways', async () => {
    const { fabric } = await worldOf(PODS)
    const report = finish(reach(fabric, 'red', HTTP, 4))
    assert.deepEqual(report.pods, ['red/db/d', 'red/web/a', 'red/web/b', 'red/web/c'])
    assert.deepEqual(report.rows, ['-xxx', 'x-xx', 'xx-x', 'xxx-'])
    const deaf = new Fabric(withFlows(fabric.source, 'h2', 'table=34,priority=500,tcp,tp_src=80,actions=drop'))
    assert.deepEqual(finish(reach(deaf, 'red', HTTP, 4)).rows, ['-xxx', 'x-xx', 'xx-x', '...-'], 'c hears no answers')
    assert.deepEqual((await inSlices(reach(fabric, 'red', HTTP, 6))).rows, [])
  })

  it('takes seconds for a thousand pods', async () => {
    const { fabric, traces } = await crowd(1000)
    const { rows } = finish(reach(fabric, 'red', HTTP, 4))
    assert(rows.every((row, i) => row === 'x'.repeat(i) + '-' + 'x'.repeat(999 - i)))
    assert(traces() < 8000, `${traces()} traces for two million packets`)
  }).timeout(120_000)

  it('takes not much more where each pod is in a policy', async () => {
    const policies = 50
    const { fabric, traces } = await crowd(500, policies)
    const { pods, rows } = finish(reach(fabric, 'red', HTTP, 4))
    const appOf = (pod: string): number => Number(fabric.source.view.pods.get(pod)!.record.spec.labels?.['app'])
    const apps = pods.map(appOf)
    for (const [i, row] of rows.entries()) {
      const expected = apps.map((app, j) => (i === j ? '-' : peersOf(app, policies).includes(apps[i]!) ? 'x' : '.'))
      assert.equal(row, expected.join(''))
    }
    assert(traces() < 7000, `${traces()} traces for half a million packets`)
  }).timeout(120_000)
})

/** What may reach an app. */
const peersOf = (app: number, apps: number): number[] => [app, (app + 7) % apps, (app + 20) % apps]

/** Pods of 50 apps on 20 hosts, with a policy for each of so many of these. Counts what is traced. */
async function crowd(size: number, policies = 0): Promise<{ readonly fabric: Fabric; readonly traces: () => number }> {
  const { admission, store } = newWorld()
  await admission.put('Tenant', { name: 'red' }, {})
  await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.0.0.0/16'] })
  for (let i = 0; i < 20; i++) await admission.put('Host', { name: `h${i}` }, { tunnelAddress: `192.0.2.${i + 1}` })
  const put = (i: number) =>
    admission.put('Pod', { tenant: 'red', network: 'web', name: `p${i}` }, { host: `h${i % 20}`, labels: { app: `${i % 50}` } })
  await Promise.all(Array.from({ length: size }, (_, i) => put(i)))
  for (let app = 0; app < policies; app++) {
    const apps = { key: 'app', operator: 'In', values: peersOf(app, policies).map(String) }
    const from = [{ podSelector: { matchExpressions: [apps] } }, { ipBlock: { cidr: `192.168.${app}.0/24` } }]
    const ingress = [{ from, ports: [{ protocol: 'TCP', port: 80 }] }]
    const spec = { podSelector: { matchLabels: { app: `${app}` } }, ingress }
    await admission.put('NetworkPolicy', { tenant: 'red', name: `app${app}` }, spec)
  }
  const fabric = new Fabric(compilerOf(store))
  let count = 0
  const enter = fabric.enter.bind(fabric)
  fabric.enter = (...args) => {
    count++
    return enter(...args)
  }
  return { fabric, traces: () => count }
}

describe('explain: verify', () => {
  it('finds nothing where all is well', async () => {
    const { fabric } = await worldOf(PODS)
    const { ok, violations, truncated, packets } = finish(verify(fabric))
    assert.deepEqual([ok, violations, truncated], [true, [], false])
    assert(packets > 6 * 4)
  })

  it('shows by a packet which tenants reach each other, if it is on one port alone', async () => {
    const { fabric } = await worldOf(PODS)
    const blue = fabric.source.view.pods.get('blue/web/a')!.record
    const leak = `table=60,priority=3000,tcp,tp_dst=4711,nw_dst=${fabric.source.view.pods.get('red/db/d')!.record.addresses[0]!},actions=${blue.ofport}`
    const leaking = new Fabric(withFlows(fabric.source, 'h1', leak))
    const { ok, violations } = finish(verify(leaking))
    assert.equal(ok, false)
    const [first] = violations
    assert.deepEqual([first!.invariant, first!.from, first!.to], ['isolation', 'red/web/a', 'blue/web/a'])
    assert.match(first!.trace.decision, /^red\/web\/a to 10\.2\.0\.\d+, TCP 4711: delivered to blue\/web\/a on h1/)
    const peered = finish(verify(leaking, { peered: () => true }))
    assert(peered.violations.every(({ invariant }) => invariant === 'delivery'))
  })

  it('finds pods that a host does not deliver to, unless a policy there denies it', async () => {
    const { fabric } = await worldOf(PODS)
    const [address] = fabric.source.view.pods.get('red/web/c')!.record.addresses
    const losing = new Fabric(withFlows(fabric.source, 'h3', `table=60,priority=3000,ip,nw_dst=${address},actions=drop`))
    const { violations } = finish(verify(losing))
    assert.deepEqual(violations.map(({ invariant, from, to }) => [invariant, from, to]), [['delivery', 'red/db/d', 'red/web/c']])
    assert.match(violations[0]!.trace.decision, /dropped on h3 in table route/)
    assert.deepEqual(finish(verify(losing, { maxPackets: 3 })).truncated, true)
  })
})

describe('explain: what a change does to reachability', () => {
  it('is nothing where flows change but not what they do', async () => {
    const { fabric } = await worldOf(PODS)
    const other = withFlows(fabric.source, 'h1', 'table=34,priority=90,ip,actions=drop')
    const { changes, truncated, probes } = finish(reachDiff(fabric, new Fabric(other), new Set(['h1'])))
    assert.deepEqual([changes, truncated], [[], false])
    assert(probes > 0)
    assert.equal(finish(reachDiff(fabric, new Fabric(other), new Set(['h9']))).probes, 0)
  })

  it('tells ports in ranges, and pods in sets', async () => {
    const { fabric } = await worldOf(PODS)
    const [address] = fabric.source.view.pods.get('red/web/c')!.record.addresses
    const after = withFlows(
      fabric.source,
      'h2',
      `table=34,priority=500,tcp,nw_dst=${address},tp_dst=0x1000/0xf000,actions=drop`,
      `table=34,priority=500,tcp,nw_dst=${address},tp_dst=80,actions=drop`,
      `table=34,priority=500,icmp,nw_dst=${address},icmp_type=8,icmp_code=0,actions=drop`,
    )
    const lost = '-TCP 80, -TCP 4096-8191, -ICMP type 8 code 0'
    const there = finish(reachDiff(fabric, new Fabric(after), new Set(['h2'])))
    // Blue's pod of the same address and host is meant by these flows as well, whoever wrote them.
    const pairs = (text: string): string[] => [`red/db/d red/web/a red/web/b > red/web/c: ${text}`, `blue/web/a > blue/web/b: ${text}`]
    assert.deepEqual(lines(there), pairs(lost))
    const back = finish(reachDiff(new Fabric(after), fabric, new Set(['h2'])))
    assert.deepEqual(lines(back), pairs(lost.replaceAll('-TCP', '+TCP').replace('-ICMP', '+ICMP')))
    assert.equal(finish(reachDiff(fabric, new Fabric(after), new Set(['h2']), { maxProbes: 1 })).truncated, true)
  })

  it('tells what comes and goes with pods', async () => {
    const { admission, store } = await worldOf(['red/web/a@h1', 'red/web/b@h2', 'blue/web/a@h1'])
    const compiler = compilerOf(store)
    const before = new Fabric(freeze(compiler))
    const hosts = new Set<string>()
    store.watch(store.revision, (commit) => {
      for (const { host } of compiler.apply(commit)) hosts.add(host)
    })
    await admission.put('Pod', { tenant: 'red', network: 'web', name: 'c' }, { host: 'h2' })
    await admission.put('Pod', { tenant: 'red', network: 'web', name: 'd' }, { host: 'h2' })
    const all = '+all TCP, +all UDP, +all SCTP, +all ICMP'
    assert.deepEqual(lines(finish(reachDiff(before, new Fabric(compiler), hosts))), [
      `red/web/a red/web/b > red/web/c red/web/d: ${all}`,
      `red/web/c red/web/d > red/web/a red/web/b red/web/c red/web/d: ${all}`,
    ])
  })
})
