import assert from 'node:assert/strict'
import { runVsctl } from '../../tools/heddle/vsctl/run.js'
import { type DummyOvs, type Ran, startDummyOvs } from '../support/dummy-ovs.js'

/** Runs `heddle vsctl` in this process on a switch. */
async function heddle(ovs: DummyOvs, args: readonly string[]): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  const code = await runVsctl(args, {
    env: ovs.env,
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
    stdin: () => Promise.resolve(''),
  })
  return { code, stdout, stderr }
}

/** UUIDs by the order in which they are met; times and the program's name taken out. */
function normal(text: string): string {
  const seen = new Map<string, string>()
  return text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => {
      const name = seen.get(uuid) ?? `<${seen.size}>`
      seen.set(uuid, name)
      return name
    })
    .replaceAll(/^\S+Z\|\d+\|/gm, '')
    .replaceAll(/^(?:heddle vsctl|ovs-vsctl): /gm, '')
}

/** What is not to be compared: each switch has a directory of its own. */
const placeless = (text: string, { dir }: DummyOvs): string => normal(text.replaceAll(dir, 'DIR'))

/** Commands that are given to both, one after the other, on databases that begin alike. */
const COMMANDS: readonly (readonly string[])[] = [
  ['add-br', 'a'],
  ['add-br', 'a'],
  ['--', '--may-exist', 'add-br', 'a'],
  ['add-br', ''],
  ['add-br', 'vlan9', 'a', '9'],
  ['--', '--may-exist', 'add-br', 'vlan9', 'a', '8'],
  ['--oneline', 'list-br', '--', 'br-to-vlan', 'vlan9', '--', 'br-to-parent', 'vlan9'],
  ['br-exists', 'nowhere'],
  ['add-port', 'vlan9', 'p9', '--', 'add-port', 'a', 'p0', 'tag=5', '--', 'set', 'Interface', 'p0', 'type=dummy'],
  ['del-port', 'a', 'p9'],
  ['add-bond', 'a', 'bond', 'x', 'y', 'bond_mode=balance-slb', '--', 'set', 'Interface', 'x', 'type=dummy', '--', 'set', 'interface', 'y', 'type=dummy'],
  ['add-bond-iface', 'bond', 'x'],
  ['del-bond-iface', 'p0'],
  ['--', '--may-exist', 'add-bond', 'a', 'bond', 'x', 'z'],
  ['list-ports', 'a', '--', 'list-ifaces', 'a', '--', 'iface-to-br', 'y', '--', 'port-to-br', 'p9'],
  ['set', 'bridge', 'a', 'other_config:x=1', 'other_config:y="two words"', 'flood_vlans=1-3,7'],
  ['add', 'bridge', 'a', 'flood-vlans', '9', '--', 'remove', 'br', 'a', 'flood_vlans', '2'],
  ['get', 'bridge', 'a', 'other_config', 'other_config:y', 'flood_vlans'],
  ['get', 'bridge', 'a', 'other_config:nothing'],
  ['get', 'bridge', 'a', 'f'],
  ['set', 'bridge', 'a', 'name=b'],
  ['set', 'bridge', 'a', 'fail_mode=sometimes'],
  ['set', 'bridge', 'a', 'flood_vlans=true'],
  ['--columns=name,flood_vlans', 'find', 'bridge', 'flood_vlans{>=}1,3'],
  ['--bare', '--columns=name', 'find', 'port', 'tag{in}5,6'],
  ['-f', 'table', '--max-column-width=6', '--', '--columns=name,other_config', 'list', 'bridge'],
  ['-f', 'json', '--', '--columns=name,tag', 'list', 'port', 'p0'],
  ['--', '--id=@m', 'create', 'mirror', 'name=m', '--', 'add', 'bridge', 'a', 'mirrors', '@m'],
  ['--', '--id=@q', 'create', 'queue', 'other_config:max-rate=9', '--', 'add', 'bridge', 'a', 'mirrors', '@lost'],
  ['set-controller', 'a', 'punix:DIR/c.sock', '--', 'set-fail-mode', 'a', 'secure'],
  ['get-controller', 'a', '--', 'get-fail-mode', 'a'],
  ['--', '--inactivity-probe=5000', 'set-manager', 'ptcp:0:127.0.0.1', 'nonsense'],
  ['get-manager', '--', 'del-manager'],
  ['set-ssl', 'key', 'cert', 'ca', '--', 'get-ssl', '--', 'del-ssl'],
  ['br-set-external-id', 'vlan9', 'k', 'v', '--', 'br-get-external-id', 'vlan9', '--', 'br-get-external-id', 'a'],
  ['--dry-run', '--no-wait', 'add-br', 'unborn', '--', 'list-br'],
  ['wait-until', 'bridge', 'a', 'name=a'],
  ['--all', 'destroy', 'nothing'],
  ['frobnicate'],
  ['list', 'f'],
  ['--timeout=x', 'show'],
  ['del-port', 'p0', '--', '--if-exists', 'del-port', 'p0'],
  ['emer-reset'],
  ['del-br', 'a'],
]

describe('heddle vsctl', () => {
  let ours: DummyOvs
  let theirs: DummyOvs

  beforeEach(async () => {
    ours = await startDummyOvs()
    theirs = await startDummyOvs()
  })

  afterEach(async () => {
    await ours.stop()
    await theirs.stop()
  })

  it('prints, fails and changes the database as ovs-vsctl does', async function () {
    this.timeout(120_000)
    for (const command of COMMANDS) {
      const argsFor = ({ dir }: DummyOvs): readonly string[] => command.map((arg) => arg.replaceAll('DIR', dir))
      const got = await heddle(ours, argsFor(ours))
      const wanted = await theirs.run('ovs-vsctl', argsFor(theirs))
      const name = command.join(' ')
      assert.equal(got.code, wanted.code, `${name}: ${got.stderr}`)
      assert.equal(placeless(got.stdout, ours), placeless(wanted.stdout, theirs), name)
      assert.equal(placeless(got.stderr, ours), placeless(wanted.stderr, theirs), name)
    }
    for (const table of ['Bridge', 'Port', 'Interface', 'Open_vSwitch', 'Controller', 'Manager']) {
      const list = ['--columns=_uuid', 'list', table]
      assert.equal(normal(await ours.vsctl(...list)), normal(await theirs.vsctl(...list)), table)
    }
  })

  it('reads the same database as ovs-vsctl does, to the byte', async () => {
    await ours.vsctl('add-br', 'a', '--', 'set', 'bridge', 'a', 'other_config:z="a b"')
    for (const args of [['show'], ['list', 'bridge'], ['list', 'open'], ['-f', 'html', 'list', 'port'], ['get', 'br', 'a', '_uuid', 'ports']]) {
      assert.equal((await heddle(ours, args)).stdout, await ours.vsctl(...args), args.join(' '))
    }
  })

  it('waits until ovs-vswitchd has done it, and says what it could not do', async () => {
    const { code, stderr } = await heddle(ours, ['add-br', 'a', '--', 'add-port', 'a', 'p', '--', 'set', 'interface', 'p', 'type=nonsense'])
    assert.equal(code, 0)
    assert.match(stderr, /^heddle vsctl: Error detected while setting up 'p'.*See ovs-vswitchd log for details\.$/m)
    assert.equal(await ours.vsctl('get', 'interface', 'a', 'ofport'), '65534\n')
  })

  it('tries again when the database changes meanwhile, and loses nothing', async () => {
    await ours.vsctl('add-br', 'a')
    const added = Array.from({ length: 12 }, (_, i) => `p${i}`)
    const results = await Promise.all(
      added.map((port) => heddle(ours, ['--no-wait', 'add-port', 'a', port, '--', 'set', 'interface', port, 'type=dummy'])),
    )
    assert.deepEqual(results.map(({ stderr }) => stderr), added.map(() => ''))
    assert.deepEqual((await ours.vsctl('list-ports', 'a')).trim().split('\n'), [...added].sort())
  })
})
