import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DummyOvs, type Ran, runProgram, startDummyOvs } from '../support/dummy-ovs.js'

const ROOT = join(import.meta.dirname, '../..')
const NODE_OPTIONS = ['--import', 'tsx', '--conditions', 'source']
const MAIN = join(ROOT, 'tools/heddle-ofctl/main.ts')

/** What differs from run to run: durations, counters, ages, the program's name. */
function masked({ code, stdout, stderr }: Ran): Ran {
  const mask = (text: string): string =>
    text
      .replace(/duration=[0-9.]+s/g, 'duration=Ns')
      .replace(/duration:[0-9.]+s/g, 'duration:Ns')
      .replace(/(idle_age|n_packets|n_bytes|pkts|bytes|lookup|matched|packet_count|byte_count)=\d+/g, '$1=N')
      .replace(/^(heddle|ovs)-ofctl:/gm, 'ofctl:')
  return { code, stdout: mask(stdout), stderr: mask(stderr) }
}

const FLOWS = [
  'table=0,priority=100,in_port=1,actions=output:2',
  'table=0,priority=90,ip,nw_src=10.0.0.0/24,nw_dst=10.1.2.3,actions=dec_ttl,output:3',
  'table=0,priority=90,arp,arp_op=1,arp_tpa=10.0.0.1,actions=controller:128',
  'table=1,cookie=0xabc,tcp,tp_dst=80,actions=goto_table:2',
  'table=2,idle_timeout=60,hard_timeout=600,udp6,ipv6_dst=fd00::/8,actions=drop',
  'table=3,send_flow_rem,reg0=0x5/0xff,metadata=0x1234,actions=load:0x7->NXM_NX_REG1[],resubmit(,4)',
  'table=4,priority=7,ct_state=+trk+new,ip,actions=ct(commit,zone=5,table=6)',
  'table=5,dl_vlan=10,actions=pop_vlan,set_field:00:11:22:33:44:55->eth_dst,IN_PORT',
  'table=6,priority=1,conj_id=9,ip,actions=move:NXM_OF_ETH_SRC[0..31]->NXM_NX_REG1[],NORMAL',
  'table=6,priority=2,ip,nw_src=10.0.0.9,actions=conjunction(9,1/2)',
  'table=7,icmp,icmp_type=8,actions=LOCAL,write_actions(output:1)',
]

const GROUP = 'group_id=1,type=select,bucket=weight:5,bucket_id:3,output:1'
const METER = 'meter=1 kbps burst stats bands=type=drop rate=100 burst_size=20'
const SILENT: Ran = { code: 0, stdout: '', stderr: '' }

describe('heddle-ofctl beside ovs-ofctl', function () {
  this.timeout(240_000)
  let ovs: DummyOvs

  const ofctl = (...args: string[]): Promise<Ran> =>
    runProgram(process.execPath, [...NODE_OPTIONS, MAIN, ...args], { env: ovs.env, cwd: ROOT })
  const reference = (...args: string[]): Promise<Ran> => ovs.run('ovs-ofctl', args)

  /** Runs both tools with the same arguments and compares all that they say. */
  async function same(...args: string[]): Promise<Ran> {
    const [ours, theirs] = await Promise.all([ofctl(...args), reference(...args)])
    assert.deepEqual(masked(ours), masked(theirs), args.join(' '))
    return ours
  }

  before(async () => {
    ovs = await startDummyOvs()
    const protocols = 'protocols=[OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15]'
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', protocols, 'fail_mode=secure')
    await ovs.vsctl('add-br', 'named', '--', 'set', 'bridge', 'named', protocols, 'flow_tables:3=@t',
      '--', '--id=@t', 'create', 'flow_table', 'name=policy')
    for (const [i, port] of ['p1', 'p2', 'eth-3'].entries()) {
      await ovs.vsctl('add-port', 'br0', port, '--', 'set', 'interface', port, `ofport_request=${i + 1}`)
    }
    await ovs.ofctl('-O', 'OpenFlow15', 'add-group', 'br0', GROUP)
    await ovs.ofctl('-O', 'OpenFlow13', 'add-meter', 'br0', METER)
  })

  after(() => ovs.stop())

  for (const version of ['OpenFlow13', 'OpenFlow14', 'OpenFlow15']) {
    describe(version, () => {
      beforeEach(() => ovs.ofctl('-O', version, 'del-flows', 'br0'))

      it('flows that either tool adds look the same to both', async () => {
        const file = join(ovs.dir, `flows-${version}`)
        await writeFile(file, `# half of them\n${FLOWS.filter((_, i) => i % 2 === 0).join('\n')}\n\n`)
        assert.deepEqual(await ofctl('-O', version, 'add-flows', 'br0', file), SILENT)
        for (const flow of FLOWS.filter((_, i) => i % 2 === 1)) await reference('-O', version, 'add-flow', 'br0', flow)
        const { stdout } = await same('-O', version, '--no-names', 'dump-flows', 'br0')
        assert.equal(stdout.split('\n').length, FLOWS.length + 2)
        for (const options of ['--no-stats', '--names', '--sort', '--rsort=nw_dst', '--names --no-stats --rsort']) {
          await same('-O', version, ...options.split(' '), 'dump-flows', 'br0')
        }
        for (const filter of ['table=6', 'ip', 'table=1,cookie=0xabc/-1', 'out_port=2']) {
          await same('-O', version, 'dump-flows', 'br0', filter)
        }
        await same('-O', version, 'dump-aggregate', 'br0')
      })

      it('what either tool adds is the same flow', async () => {
        const dumps: string[] = []
        for (const add of [ofctl, reference]) {
          await ovs.ofctl('-O', version, 'del-flows', 'br0')
          for (const flow of FLOWS.slice(1, 9)) {
            assert.deepEqual(await add('-O', version, 'add-flow', 'br0', flow), SILENT)
          }
          dumps.push(await ovs.ofctl('-O', version, '--no-stats', '--sort', 'dump-flows', 'br0'))
        }
        assert.equal(dumps[0], dumps[1])
      })

      it('modifies and deletes the same flows', async () => {
        const commands = [
          ['mod-flows', 'ip,actions=LOCAL'],
          ['--strict', 'mod-flows', 'table=0,priority=100,in_port=p1,actions=output:eth-3'],
          ['--strict', 'del-flows', 'table=6,priority=2,ip,nw_src=10.0.0.9'],
          ['--strict', 'del-flows', 'table=6,priority=9,ip'],
          ['del-flows', 'cookie=0xabc/-1'],
          ['del-flows', 'table=5'],
        ]
        const file = join(ovs.dir, `all-${version}`)
        await writeFile(file, FLOWS.join('\n'))
        const dumps: string[] = []
        for (const tool of [ofctl, reference]) {
          await ovs.ofctl('-O', version, 'del-flows', 'br0')
          await ovs.ofctl('-O', version, 'add-flows', 'br0', file)
          for (const [command = '', ...rest] of commands) {
            const strict = command === '--strict'
            const args = strict ? [command, rest[0] ?? '', 'br0', rest[1] ?? ''] : [command, 'br0', ...rest]
            assert.deepEqual(await tool('-O', version, ...args), SILENT)
          }
          dumps.push(await ovs.ofctl('-O', version, '--no-stats', '--sort', 'dump-flows', 'br0'))
        }
        assert.equal(dumps[0], dumps[1])
      })

      it('shows the switch, its ports, tables, groups and meters alike', async () => {
        for (const command of ['show', 'dump-desc', 'dump-tables', 'dump-ports', 'dump-ports-desc']) {
          await same('-O', version, command, 'br0')
          if (version === 'OpenFlow13') await same('-O', version, '--names', command, 'br0')
        }
        for (const port of ['p1', '2', 'LOCAL', 'none']) {
          await same('-O', version, 'dump-ports', 'br0', port)
          await same('-O', version, 'dump-ports-desc', 'br0', port)
        }
        for (const command of ['dump-groups', 'dump-group-features', 'queue-stats']) {
          await same('-O', version, command, 'br0')
        }
        for (const command of ['dump-meters', 'meter-stats', 'meter-features']) {
          await same('-O', version, command, 'br0')
        }
        await same('-O', version, 'show', `unix:${ovs.mgmt('br0')}`)
      })

      it('says the same of what the switch refuses', async () => {
        await same('-O', version, 'add-flow', 'br0', 'actions=group:77')
        await same('-O', version, '--bundle', 'add-flow', 'br0', 'actions=group:77')
      })
    })
  }

  for (const version of ['OpenFlow10', 'OpenFlow13', 'OpenFlow15']) {
    it(`${version}: what either tool changes, and what it says of it`, async () => {
      const flows = join(ovs.dir, `replace-${version}`)
      await writeFile(flows, 'in_port=1,actions=2\nip,actions=drop\nreg0=5,priority=7,actions=3\n')
      const bundle = join(ovs.dir, `bundle-${version}`)
      await writeFile(bundle, 'flow in_port=5,actions=2\ngroup group_id=9,type=all,bucket=output:1\nflow actions=group:9\n')
      const lines: string[][] = [
        ['replace-flows', 'br0', flows],
        ['diff-flows', 'br0', flows],
        ['--bundle', 'replace-flows', 'br0', flows],
        ['bundle', 'br0', bundle],
        ['diff-flows', flows, 'br0'],
        ['del-groups', 'br0', 'group_id=9'],
        ['mod-port', 'br0', 'p1', 'no-forward'],
        ['mod-port', 'br0', 'p1', 'forward'],
        ['set-frags', 'br0', 'nx-match'],
        ['get-frags', 'br0'],
        ['set-frags', 'br0', 'normal'],
        ['packet-out', 'br0', 'in_port=1,packet=00112233445566778899aabb0800,actions=2'],
        ['packet-out', 'br0', '1', 'p2', '00112233445566778899aabb0800'],
        ['ct-flush', 'br0', 'zone=3', 'ct_nw_src=10.0.0.1,ct_nw_proto=6'],
        ['ct-flush-zone', 'br0', '5'],
        ['dump-tlv-map', 'br0'],
        ['dump-ipfix-bridge', 'br0'],
        ['dump-group-features', 'br0'],
        ['dump-group-stats', 'br0'],
        ['queue-stats', 'br0'],
        ['queue-get-config', 'br0', 'p1'],
        ['dump-table-features', 'br0'],
        ['dump-table-desc', 'br0'],
        ['probe', 'br0'],
      ]
      for (const [command = '', ...rest] of lines) {
        const options = command.startsWith('--') ? [command] : []
        const args = options.length > 0 ? rest : [command, ...rest]
        // Both start from the same flows and leave the same behind.
        const results: unknown[] = []
        for (const tool of [ofctl, reference]) {
          await ovs.ofctl('-O', version, 'del-flows', 'br0')
          await ovs.ofctl('-O', 'OpenFlow13', 'del-groups', 'br0', 'group_id=9')
          await ovs.ofctl('-O', version, 'add-flow', 'br0', 'priority=9,in_port=3,actions=1')
          const said = masked(await tool('-O', version, ...options, ...args))
          results.push([said, await ovs.ofctl('-O', 'OpenFlow13', '--no-stats', '--sort', 'dump-flows', 'br0')])
        }
        assert.deepEqual(results[0], results[1], [...options, ...args].join(' '))
      }
    })
  }

  it('monitors, and answers on its control socket', async () => {
    const control = join(ovs.dir, 'monitor.ctl')
    const log = join(ovs.dir, 'monitor.log')
    const events: string[] = []
    // What stays holds its standard error open, which nobody is to wait for.
    const quietly = (...command: string[]): Promise<Ran> =>
      runProgram('sh', ['-c', '"$0" "$@" 2>/dev/null', ...command], { env: ovs.env, cwd: ROOT })
    const tools = [[process.execPath, ...NODE_OPTIONS, MAIN], ['ovs-ofctl']]
    for (const program of tools) {
      const tool = (...args: string[]): Promise<Ran> => quietly(...program, ...args)
      await ovs.ofctl('del-flows', 'br0')
      assert.equal((await tool('--detach', '--no-chdir', `--unixctl=${control}`, 'monitor', 'br0', 'watch:')).code, 0)
      const appctl = (...args: string[]): Promise<Ran> => ovs.run('ovs-appctl', ['-t', control, ...args])
      assert.equal((await appctl('ofctl/set-output-file', log)).code, 0)
      await ovs.ofctl('add-flow', 'br0', 'in_port=3,actions=1')
      await ovs.ofctl('del-flows', 'br0', 'in_port=3')
      assert.deepEqual(await appctl('ofctl/barrier'), SILENT)
      assert.equal((await appctl('ofctl/send', '0102')).code, 2)
      assert.deepEqual(await appctl('exit'), SILENT)
      events.push((await readFile(log, 'utf8')).replace(/xid=0x[0-9a-f]+/g, 'xid'))
    }
    assert.equal(events[0], events[1])
    assert.match(events[0] ?? '', /event=ADDED.*in_port=3[^]*event=DELETED/)
  })

  it('names tables', async () => {
    await ofctl('-O', 'OpenFlow13', 'add-flow', 'named', 'table=policy,actions=drop')
    await same('-O', 'OpenFlow13', '--names', 'dump-flows', 'named')
    await same('-O', 'OpenFlow13', '--names', 'dump-tables', 'named')
  })

  it('more flows than fit in one reply', async () => {
    const file = join(ovs.dir, 'many')
    const lines = Array.from({ length: 2000 }, (_, i) => `priority=${i},in_port=${(i % 50) + 1},actions=output:2`)
    await writeFile(file, lines.join('\n'))
    await ovs.ofctl('-O', 'OpenFlow13', 'del-flows', 'br0')
    assert.deepEqual(await ofctl('-O', 'OpenFlow13', '--bundle', 'add-flows', 'br0', file), SILENT)
    const { stdout } = await same('-O', 'OpenFlow13', '--no-names', '--sort', 'dump-flows', 'br0')
    assert.equal(stdout.split('\n').length, lines.length + 1)
    const whole = await ofctl('-O', 'OpenFlow13', '--no-names', 'dump-flows', 'br0')
    assert.ok((whole.stdout.match(/^OFPST_FLOW reply/gm) ?? []).length > 1)
  })

  it('large bundles: what is refused, and wrong lines, as with ovs-ofctl', async () => {
    const file = join(ovs.dir, 'large')
    const flow = (n: number): string => `table=4,priority=${n % 60_000},cookie=${n},ip,nw_dst=10.1.0.0/16,tcp,reg0=${n},actions=drop`
    const lines = Array.from({ length: 3000 }, (_, n) => flow(n))
    for (const last of ['table=1,actions=group:99', 'foo=1,actions=drop', 'delete table=4']) {
      await writeFile(file, [...lines, last].join('\n'))
      for (const version of ['OpenFlow10', 'OpenFlow13', 'OpenFlow14']) {
        await same('-O', version, '--bundle', 'add-flows', 'br0', file)
      }
    }
  })

  it('bad input gives the same errors and exit codes', async () => {
    const file = join(ovs.dir, 'bad')
    await writeFile(file, 'table=1,actions=drop\nfoo=1,actions=drop\n')
    const lines: string[][] = [
      [],
      ['foo'],
      ['dump-flows'],
      ['dump-flows', 'br0', 'a', 'b'],
      ['add-flow', 'br0'],
      ['--bogus', 'show', 'br0'],
      ['-Z', 'show', 'br0'],
      ['show', 'nobr'],
      ['show', 'tcp:127.0.0.1:1'],
      ['show', 'unix:/nonexistent'],
      ['-O', 'OpenFlow99', 'show', 'br0'],
      ['-O', 'OpenFlow13', 'add-flow', 'br0', 'foo=1,actions=drop'],
      ['-O', 'OpenFlow13', 'add-flow', 'br0', 'table=1'],
      ['-O', 'OpenFlow13', 'add-flow', 'br0', 'cookie=1/1,actions=drop'],
      ['-O', 'OpenFlow13', 'add-flow', 'br0', 'out_port=1,actions=drop'],
      ['-O', 'OpenFlow13', 'del-flows', 'br0', 'priority=1'],
      ['-O', 'OpenFlow13', 'del-flows', 'br0', 'cookie=1'],
      ['-O', 'OpenFlow13', 'del-flows', 'br0', 'ip,actions=drop'],
      ['-O', 'OpenFlow13', '--sort=foo', 'dump-flows', 'br0'],
      ['-O', 'OpenFlow13', 'add-flows', 'br0', file],
      ['-O', 'OpenFlow13', 'add-flows', 'br0', '/nonexistent'],
      ['-F', 'foo', 'show', 'br0'],
      ['-O', 'OpenFlow11', '-F', 'openflow10', 'show', 'br0'],
      ['-t', '0', 'show', 'br0'],
      ['-P', 'foo', 'monitor', 'br0'],
      ['-vfoo', 'show', 'br0'],
      ['--color=foo', 'show', 'br0'],
      ['--s', 'show', 'br0'],
      ['-O'],
      ['--read-only', 'add-flow', 'br0', 'actions=drop'],
      ['-F', 'openflow10', 'add-flow', 'br0', 'reg0=1,actions=drop'],
      ['dump-meters', 'br0'],
      ['dump-table-desc', 'br0'],
      ['queue-stats', 'br0', 'nope'],
      ['mod-port', 'br0', 'nope', 'up'],
      ['mod-port', 'br0', '1', 'foo'],
      ['mod-table', 'br0', '0', 'evict'],
      ['set-frags', 'br0', 'foo'],
      ['ping', 'br0', '99999'],
      ['monitor', 'br0', 'foo'],
      ['monitor', 'br0', 'watch:foo=1'],
      ['packet-out', 'br0', 'in_port=1'],
      ['ct-flush', 'br0', 'foo=1'],
      ['add-tlv-map', 'br0', 'foo'],
      ['replace-flows', 'br0', '/nonexistent'],
      ['diff-flows', 'br0', './nonexistent'],
      ['-O', 'OpenFlow13', 'insert-buckets', 'br0', 'group_id=1,command_bucket_id=last,bucket=1'],
    ]
    const before = await ovs.ofctl('-O', 'OpenFlow13', '--no-stats', 'dump-flows', 'br0')
    for (const args of lines) {
      const ran = await same(...args)
      assert.equal(ran.code, 1, args.join(' '))
    }
    assert.equal(await ovs.ofctl('-O', 'OpenFlow13', '--no-stats', 'dump-flows', 'br0'), before)
  })
})
