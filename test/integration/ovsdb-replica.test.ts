import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import {
  operations,
  ref,
  Replica,
  Session,
  type OvsdbError,
  type ReplicaOf,
  type RowChange,
  type TypesOf,
  type Uuid,
} from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { TestServer } from './ovsdb-support.js'

const run = promisify(execFile)
const ops = operations(OpenVSwitch)
const ALL = {
  Open_vSwitch: true,
  Bridge: true,
  Port: true,
  Interface: true,
  Controller: true,
  QoS: true,
  Queue: true,
} as const

function addPort(name: string, bridge: string) {
  return [
    ops.insert('Interface', { name, type: 'dummy', external_ids: { 'iface-id': `id-${name}` } }, 'i'),
    ops.insert('Port', { name, interfaces: [ref('i')] }, 'p'),
    ops.mutate('Bridge', [['name', '==', bridge]], [['ports', 'insert', [ref('p')]]]),
  ] as const
}

describe('ovsdb-client replica on ovsdb-server', () => {
  let server: TestServer
  let session: Session

  beforeEach(async () => {
    server = await TestServer.start()
    session = await Session.connect(server.target)
    await server.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'fail_mode=secure', 'other_config:a=1')
  })
  afterEach(async () => {
    await session.close()
    await server.stop()
  })

  it('holds the initial contents, only the columns asked for, found by declared and extra indexes', async () => {
    await session.transact(OpenVSwitch, addPort('p1', 'br0'))
    const replica = await Replica.open(session, OpenVSwitch, {
      tables: { Bridge: ['name', 'ports'], Interface: true, Port: ['name'] },
      indexes: {
        Bridge: ['ports'],
        Interface: [{ name: 'pod', keys: (row) => Object.values(row.external_ids) }],
      },
    })
    const bridge = replica.find('Bridge', 'name', 'br0')
    assert.ok(bridge)
    assert.deepEqual(Object.keys(bridge).sort(), ['_uuid', 'name', 'ports'])
    assert.equal(replica.get('Bridge', bridge._uuid), bridge)
    const port = replica.find('Port', 'name', 'p1')
    assert.ok(port)
    assert.equal(replica.find('Bridge', 'ports', port._uuid), bridge)
    assert.equal(replica.find('Interface', 'pod', 'id-p1')?.name, 'p1')
    assert.equal(replica.find('Interface', 'pod', 'nothing'), undefined)
    assert.equal(replica.count('Port'), 2)
    assert.deepEqual(Array.from(replica.rows('Port'), (row) => row.name).sort(), ['br0', 'p1'])
    assert.throws(() => replica.find('Interface', 'type', 'dummy'), { code: 'OVSDB_VALUE' })
  })

  it('tells the changes of a transaction at once, and is current before its reply', async () => {
    const replica = await Replica.open(session, OpenVSwitch, { tables: ALL })
    const event = once(replica, 'change')
    let seen: string[] = []
    replica.once('change', (changes) => {
      const bridge = replica.find('Bridge', 'name', 'br0')
      const port = replica.find('Port', 'name', 'p1')
      assert.ok(bridge && port && bridge.ports.includes(port._uuid))
      assert.ok(port.interfaces.every((uuid) => replica.get('Interface', uuid) !== undefined))
      seen = changes.map((change) => `${change.table} ${change.old === undefined ? 'insert' : 'modify'}`).sort()
    })
    const [, inserted] = await session.transact(OpenVSwitch, addPort('p1', 'br0'))
    assert.equal(replica.get('Port', inserted.uuid)?.name, 'p1')
    await event
    assert.deepEqual(seen, ['Bridge modify', 'Interface insert', 'Port insert'])

    const modified = once(replica, 'change')
    const before = replica.find('Bridge', 'name', 'br0')
    await session.transact(OpenVSwitch, [
      ops.mutate(
        'Bridge',
        [['name', '==', 'br0']],
        [
          ['other_config', 'insert', { b: '2' }],
          ['other_config', 'delete', { a: '1' }],
          ['ports', 'delete', inserted.uuid],
        ],
      ),
      ops.update('Bridge', [['name', '==', 'br0']], { fail_mode: null, flow_tables: new Map() }),
    ])
    const [changes] = (await modified) as [readonly Change[]]
    const bridge = changes.find((change) => change.table === 'Bridge')
    assert.ok(bridge?.table === 'Bridge')
    assert.deepEqual([...bridge.columns].sort(), ['fail_mode', 'other_config', 'ports'])
    assert.equal(bridge.old, before)
    assert.equal(bridge.old?.fail_mode, 'secure')
    assert.deepEqual(bridge.new?.other_config, { b: '2' })
    assert.equal(bridge.new.fail_mode, null)
    assert.deepEqual(changes.map((change) => [change.table, change.new === undefined]).sort(), [
      ['Bridge', false],
      ['Interface', true],
      ['Port', true],
    ])
    assert.equal(replica.find('Port', 'name', 'p1'), undefined)
  })

  it('holds only rows that meet the conditions; rows come and go with them', async () => {
    const replica = await Replica.open(session, OpenVSwitch, {
      tables: { Bridge: { columns: ['name', 'stp_enable'], where: [['stp_enable', '==', true]] } },
    })
    assert.equal(replica.count('Bridge'), 0)
    await session.transact(OpenVSwitch, [ops.update('Bridge', [], { stp_enable: true })])
    assert.equal(replica.find('Bridge', 'name', 'br0')?.stp_enable, true)
    await session.transact(OpenVSwitch, [ops.update('Bridge', [], { stp_enable: false })])
    assert.equal(replica.count('Bridge'), 0)
  })

  it('waits for a state, gives up with the signal, and ends with the session', async () => {
    const replica = await Replica.open(session, OpenVSwitch, { tables: ALL })
    const found = replica.until(() => replica.find('Port', 'name', 'later'))
    await server.vsctl('add-port', 'br0', 'later')
    assert.equal((await found).name, 'later')
    await assert.rejects(
      replica.until(() => false, { signal: AbortSignal.timeout(10) }),
      { name: 'TimeoutError' },
    )
    const closed = once(replica, 'close')
    const never = assert.rejects(
      replica.until(() => false),
      { code: 'OVSDB_CLOSED' },
    )
    await server.kill()
    const [reason] = (await closed) as [OvsdbError]
    assert.equal(reason.code, 'OVSDB_CLOSED')
    await never
    assert.equal(replica.closeReason, reason)
  })

  it('gets no more changes after close, while the session goes on', async () => {
    const replica = await Replica.open(session, OpenVSwitch, { tables: { Bridge: ['name'] } })
    replica.on('change', () => assert.fail('a change after close'))
    const never = assert.rejects(replica.until(() => false), { code: 'OVSDB_CLOSED', by: 'local' })
    await replica.close()
    await replica.close()
    await never
    await server.vsctl('add-br', 'br1')
    await session.echo()
    assert.equal(replica.count('Bridge'), 1)
  })

  it('refuses a selection that the schema does not have', async () => {
    await assert.rejects(Replica.open(session, OpenVSwitch, { tables: { Nope: true } as never }), {
      code: 'OVSDB_VALUE',
    })
    await assert.rejects(Replica.open(session, OpenVSwitch, { tables: { Bridge: ['nope'] as never } }), {
      code: 'OVSDB_VALUE',
      path: 'tables.Bridge',
    })
  })

  for (const method of ['monitor_cond', 'monitor'] as const) {
    it(`equals the database after a random writer, by ${method}`, async () => {
      const reader = await Session.connect(server.target)
      if (method === 'monitor') withoutMonitorCond(reader)
      const replica = await Replica.open(reader, OpenVSwitch, { tables: ALL, indexes: { Bridge: ['ports'] } })
      const random = seeded(method.length)
      for (let i = 0; i < 300; i++) await randomWrite(session, random)
      await reader.echo()
      await assertEqualsDatabase(server, replica)
      await reader.close()
    })
  }
})

/** Makes a session refuse monitor_cond as a server before OVS 2.6 does. */
function withoutMonitorCond(session: Session): void {
  session.monitorCond = async () => {
    await session.request('monitor_cond_of_old', [])
    throw new Error('not reached')
  }
}

type AllTables = typeof ALL
type Change = RowChange<TypesOf<typeof OpenVSwitch>, AllTables>

/** A small generator of numbers below n, the same for the same seed. */
function seeded(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

/** One of many kinds of transactions on random rows, some of which fail. */
async function randomWrite(session: Session, random: (n: number) => number): Promise<void> {
  const name = `x${random(12)}`
  const bridge = `b${random(4)}`
  const pick = (n: number): number[] => [...new Set(Array.from({ length: random(n) }, () => random(4096)))]
  const build = [
    () => addPort(name, random(2) === 0 ? 'br0' : bridge),
    () => [
      ops.insert('Bridge', { name: bridge, datapath_type: 'netdev', flood_vlans: pick(5) }, 'b'),
      ops.mutate('Open_vSwitch', [], [['bridges', 'insert', ref('b')]]),
    ],
    () => [ops.update('Bridge', [['name', '==', bridge]], { flood_vlans: pick(9), stp_enable: random(2) === 0 })],
    () => [ops.mutate('Bridge', [['name', '==', 'br0']], [['flood_vlans', random(2) ? 'insert' : 'delete', pick(6)]])],
    () => [
      ops.mutate(
        'Interface',
        [['name', '==', name]],
        [
          ['external_ids', 'delete', [`k${random(3)}`]],
          ['external_ids', 'insert', { [`k${random(3)}`]: `${random(3)} "é😀"` }],
        ],
      ),
    ],
    () => [ops.update('Interface', [['name', '==', name]], { external_ids: {}, ofport_request: random(2) ? null : 7 })],
    () => [ops.update('Port', [['name', '==', name]], { tag: random(3) ? random(4096) : null, trunks: pick(4) })],
    () => [ops.update('Bridge', [['name', '==', bridge]], { ports: [] })],
    () => [ops.mutate('Open_vSwitch', [], [['next_cfg', '+=', random(1000)]])],
    () => [
      ops.insert('Queue', { dscp: random(64), other_config: { 'max-rate': `${random(1e9)}` } }, 'q'),
      ops.insert('QoS', {
        type: 'linux-htb',
        queues: new Map([
          [random(8), ref('q')],
          [8 + random(8), ref('q')],
        ]),
      }),
    ],
    () => [ops.delete('QoS', []), ops.delete('Queue', [['dscp', '<', random(64)]])],
  ]
  const operations = build[random(build.length)]?.() ?? []
  await session.transact(OpenVSwitch, operations).catch((error: unknown) => {
    // A duplicate name is what the random writer runs into on purpose.
    assert.equal((error as { code: string }).code, 'OVSDB_CONSTRAINT_VIOLATION', String(error))
  })
}

/** Compares with what another client reads, in its own text form, and every index with its rows. */
async function assertEqualsDatabase(
  server: TestServer,
  replica: ReplicaOf<typeof OpenVSwitch, typeof ALL>,
): Promise<void> {
  for (const table of Object.keys(ALL) as (keyof typeof ALL)[]) {
    const columns = [...(OpenVSwitch.tables.get(table)?.columns.keys() ?? [])]
    const { stdout } = await run('ovsdb-client', ['dump', server.target, 'Open_vSwitch', table, '-f', 'json'], {
      maxBuffer: 1 << 26,
    })
    const dump = JSON.parse(stdout) as { headings: string[]; data: unknown[][] }
    const theirs = new Map(dump.data.map((row) => [(row[dump.headings.indexOf('_uuid')] as string[])[1], row]))
    assert.equal(replica.count(table), theirs.size, table)
    for (const row of replica.rows(table)) {
      const cells = theirs.get(row._uuid)
      assert.ok(cells, `${table} ${row._uuid}`)
      for (const name of columns) {
        const codec = OpenVSwitch.tables.get(table)?.columns.get(name)?.codec
        const value = (row as unknown as Record<string, unknown>)[name]
        const theirValue: unknown = codec?.decode(cells[dump.headings.indexOf(name)] as string)
        assert.deepEqual(value, theirValue, `${table}.${name}`)
      }
    }
  }
  for (const bridge of replica.rows('Bridge')) {
    assert.equal(replica.find('Bridge', 'name', bridge.name), bridge)
    for (const port of bridge.ports) assert.ok(replica.findAll('Bridge', 'ports', port).includes(bridge))
  }
  const gone = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Uuid<'Port'>
  assert.deepEqual(replica.findAll('Bridge', 'ports', gone), [])
}
