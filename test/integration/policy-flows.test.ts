import assert from 'node:assert/strict'
import { Connection, flowMod, formatFlow, OF13, OF14, OF15 } from 'openflow-ts'
import type { Compiler } from '../../src/compile/engine.js'
import { diffFlows } from '../../src/hosts/diff-flows.js'
import { diffMeters, dumpMeters, sendMeters } from '../../src/hosts/meters.js'
import { TABLES } from '../../flows/index.js'
import { type DummyOvs, startDummyOvs } from '../support/dummy-ovs.js'
import { populateWithPolicies } from '../support/policy-world.js'
import { compilerOf } from '../unit/compile/support.js'
import { newWorld } from '../unit/intent/world.js'

/** What ovs-vswitchd keeps is what it was given: else each comparison would find a difference, and write it again. */
describe('flows of policies on a real switch', function () {
  this.timeout(60_000)
  let ovs: DummyOvs
  let compiler: Compiler

  before(async () => {
    const { admission, store } = newWorld()
    await populateWithPolicies(admission)
    await admission.put('NetworkPolicy', { tenant: 'red', name: 'long' }, LONG)
    compiler = compilerOf(store)
    ovs = await startDummyOvs()
    await ovs.vsctl('add-br', 'br-int', '--', 'set', 'bridge', 'br-int', 'fail_mode=secure')
    await ovs.vsctl('set', 'bridge', 'br-int', 'protocols=[OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15]')
  })

  after(() => ovs.stop())

  /** So many rules that their subjects' flows take several chunks of conjunctions. */
  const LONG = {
    ingress: Array.from({ length: 5000 }, (_, i) => ({ ports: [{ port: i + 1 }, { protocol: 'UDP', port: i + 1 }] })),
  }

  it('has every table to fill', () => {
    const used = new Set([...compiler.wanted('h1').flows.values()].map(({ table_id }) => table_id))
    assert.deepEqual([...used].sort((a, b) => a - b), Object.values(TABLES).map(({ id }) => id))
  })

  for (const version of [OF13, OF14, OF15] as const) {
    it(`takes flows and meters in one bundle, and gives them back as they were, in version 0x0${version}`, async () => {
      const connection = await Connection.connect(`unix:${ovs.mgmt('br-int')}`, { versions: [version] })
      try {
        for (const host of ['h1', 'h2']) {
          const { flows, meters } = compiler.wanted(host)
          connection.send({ type: 'FLOW_MOD', command: 'delete', table_id: 255, priority: 0, match: [] })
          await connection.barrier()
          assert.equal(meters.size, 1)
          await sendMeters(connection, diffMeters(meters, await dumpMeters(connection)).put)
          await connection.bundle([...flows.values()].map((flow) => flowMod('add', flow)), { atomic: true, ordered: true })
          const { add, remove, foreign } = diffFlows(flows, await connection.dumpFlows())
          assert.deepEqual([...add, ...remove].map((flow) => formatFlow(flow)), [])
          assert.equal(foreign, 0)
          const { put, remove: gone } = diffMeters(meters, await dumpMeters(connection))
          assert.deepEqual([put, gone], [[], []])
        }
      } finally {
        await connection.close()
      }
    })
  }

  it('has them printed by a plain ovs-ofctl', async () => {
    const lines = (await ovs.ofctl('--no-stats', 'dump-flows', 'br-int')).split('\n').filter((line) => line.includes('actions='))
    assert.equal(lines.length, compiler.wanted('h2').flows.size)
  })
})
