import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  CanceledError,
  ConnectError,
  ConstraintViolationError,
  AbortedError,
  abort,
  assertLock,
  comment,
  commit,
  DomainError,
  DuplicateUuidNameError,
  NotOwnerError,
  operations,
  OperationSyntaxError,
  rawOperation,
  ref,
  ReferentialIntegrityError,
  Session,
  TransactionError,
  UnknownDatabaseError,
  UnknownMethodError,
  WaitTimeoutError,
} from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { TestServer } from './ovsdb-support.js'

const ops = operations(OpenVSwitch)

/** A bridge with its own port and interface, in the Open_vSwitch row. */
function addBridge(name: string) {
  return [
    ops.insert('Interface', { name, type: 'internal' }, 'iface'),
    ops.insert('Port', { name, interfaces: [ref('iface')] }, 'port'),
    ops.insert('Bridge', { name, ports: [ref('port')], fail_mode: 'secure', external_ids: { by: 'test' } }, 'bridge'),
    ops.mutate('Open_vSwitch', [], [['bridges', 'insert', ref('bridge')]]),
  ] as const
}

describe('ovsdb-client session on ovsdb-server', () => {
  let server: TestServer
  let session: Session

  before(async () => {
    server = await TestServer.start()
  })
  after(() => server.stop())
  beforeEach(async () => {
    session = await Session.connect(server.target)
  })
  afterEach(() => session.close())

  it('lists databases and reads a schema equal to the file', async () => {
    assert.deepEqual([...(await session.listDbs())].sort(), ['Open_vSwitch', '_Server'])
    const schema = await session.getSchema('Open_vSwitch')
    assert.equal(schema.version, OpenVSwitch.version)
    assert.deepEqual([...schema.tables.keys()].sort(), [...OpenVSwitch.tables.keys()].sort())
    for (const [name, table] of OpenVSwitch.tables) {
      const theirs = schema.tables.get(name)
      assert.deepEqual([...(theirs?.columns.keys() ?? [])].sort(), [...table.columns.keys()].sort(), name)
    }
    await assert.rejects(session.getSchema('Nothing'), UnknownDatabaseError)
  })

  it('echoes and reports unknown methods', async () => {
    assert.deepEqual(await session.echo(['a', 1, { b: [null] }]), ['a', 1, { b: [null] }])
    await assert.rejects(session.request('no_such_method', []), UnknownMethodError)
  })

  it('inserts with references by uuid-name, and selects what was inserted in typed form', async () => {
    const [iface, port, bridge, mutated] = await session.transact(OpenVSwitch, addBridge('br-a'))
    assert.equal(mutated.count, 1)
    const [{ rows }, { rows: ports }] = await session.transact(OpenVSwitch, [
      ops.select('Bridge', [['_uuid', '==', bridge.uuid]]),
      ops.select('Port', [['interfaces', 'includes', iface.uuid]], ['name', 'interfaces', 'tag']),
    ])
    const [row] = rows
    assert.ok(row)
    assert.equal(row._uuid, bridge.uuid)
    assert.equal(row.name, 'br-a')
    assert.equal(row.fail_mode, 'secure')
    assert.deepEqual(row.ports, [port.uuid])
    assert.deepEqual(row.external_ids, { by: 'test' })
    assert.equal(row.datapath_id, null)
    assert.deepEqual(row.flow_tables, new Map())
    assert.deepEqual(ports, [{ _uuid: port.uuid, name: 'br-a', interfaces: [iface.uuid], tag: null }])
  })

  it('writes every form of value as ovs-vsctl reads it', async () => {
    await session.transact(OpenVSwitch, addBridge('br-v'))
    const [updated] = await session.transact(OpenVSwitch, [
      ops.update('Bridge', [['name', '==', 'br-v']], {
        protocols: ['OpenFlow15', 'OpenFlow13'],
        fail_mode: null,
        stp_enable: true,
        flood_vlans: [7, 3],
        other_config: { 'hwaddr': '0a:00:00:00:00:01', 'ключ "x"': 'é\n😀', '__proto__x': 'y' },
      }),
      ops.mutate(
        'Bridge',
        [['name', '==', 'br-v']],
        [
          ['external_ids', 'insert', { more: '1' }],
          ['external_ids', 'delete', ['by']],
          ['flood_vlans', 'delete', [3]],
        ],
      ),
    ])
    assert.equal(updated.count, 1)
    const get = async (column: string): Promise<string> => (await server.vsctl('get', 'Bridge', 'br-v', column)).trim()
    assert.equal(await get('protocols'), '[OpenFlow13, OpenFlow15]')
    assert.equal(await get('fail_mode'), '[]')
    assert.equal(await get('stp_enable'), 'true')
    assert.equal(await get('flood_vlans'), '[7]')
    assert.equal(await get('external_ids'), '{more="1"}')
    const [{ rows }] = await session.transact(OpenVSwitch, [
      ops.select('Bridge', [['name', '==', 'br-v']], ['other_config']),
    ])
    assert.deepEqual(rows[0]?.other_config, {
      'hwaddr': '0a:00:00:00:00:01',
      'ключ "x"': 'é\n😀',
      '__proto__x': 'y',
    })
  })

  const failures: readonly [
    string,
    () => Parameters<Session['transact']>[1],
    new (...args: never) => TransactionError,
    number | undefined,
  ][] = [
    [
      'constraint violation',
      () => [rawOperation({ op: 'insert', table: 'Bridge', row: { fail_mode: 'odd' } })],
      ConstraintViolationError,
      0,
    ],
    [
      'a duplicate index',
      () => [
        comment('x'),
        ...addBridge('br-dup'),
        ops.insert('Manager', { target: 'm' }, 'm1'),
        ops.insert('Manager', { target: 'm' }, 'm2'),
        ops.update('Open_vSwitch', [], { manager_options: [ref('m1'), ref('m2')] }),
      ],
      ConstraintViolationError,
      undefined,
    ],
    [
      'a dangling reference',
      () => [ops.update('Open_vSwitch', [], { ssl: 'aaaaaaaa-0000-0000-0000-000000000000' as never })],
      ReferentialIntegrityError,
      undefined,
    ],
    ['abort', () => [comment('x'), abort()], AbortedError, 1],
    ['assert without the lock', () => [assertLock('nobody')], NotOwnerError, 0],
    [
      'duplicate uuid-name',
      () => [ops.insert('Manager', {}, 'a'), ops.insert('Manager', {}, 'a')],
      DuplicateUuidNameError,
      1,
    ],
    ['division by zero', () => [ops.mutate('Open_vSwitch', [], [['next_cfg', '/=', 0]])], DomainError, 0],
    [
      'an unknown column',
      () => [rawOperation({ op: 'select', table: 'Bridge', where: [], columns: ['nope'] })],
      OperationSyntaxError,
      0,
    ],
    ['wait', () => [ops.wait('Open_vSwitch', [], ['next_cfg'], '==', [{ next_cfg: 99 }], 0)], WaitTimeoutError, 0],
  ]
  for (const [what, build, expected, index] of failures) {
    it(`reports ${what} as ${expected.name}`, async () => {
      const before = await server.client('dump', 'Open_vSwitch')
      await assert.rejects(session.transact(OpenVSwitch, build()), (error) => {
        assert.ok(error instanceof TransactionError)
        assert.equal(error.constructor, expected, error.message)
        assert.equal(error.index, index)
        return true
      })
      assert.equal(await server.client('dump', 'Open_vSwitch'), before)
    })
  }

  it('commits durably', async () => {
    await session.transact(OpenVSwitch, [
      comment('durable'),
      ops.update('Open_vSwitch', [], { system_type: 't' }),
      commit(true),
    ])
  })

  it('waits for another session, and cancels a wait', async () => {
    const other = await Session.connect(server.target)
    const isSet = ops.wait('Open_vSwitch', [], ['db_version'], '==', [{ db_version: 'w' }])
    const waiting = session.transact(OpenVSwitch, [isSet, ops.update('Open_vSwitch', [], { ovs_version: 'after' })])
    await session.echo()
    await other.transact(OpenVSwitch, [ops.update('Open_vSwitch', [], { db_version: 'w' })])
    assert.equal((await waiting)[1].count, 1)

    const controller = new AbortController()
    const never = ops.wait('Open_vSwitch', [], ['db_version'], '==', [{ db_version: 'never' }])
    const canceled = session.transact(OpenVSwitch, [never], { signal: controller.signal })
    controller.abort()
    await assert.rejects(canceled, CanceledError)
    await assert.rejects(session.transact(OpenVSwitch, [never], { signal: controller.signal }), CanceledError)
    await other.close()
  })

  it('locks, waits for a lock, steals and unlocks', async () => {
    const other = await Session.connect(server.target)
    assert.equal(await session.lock('l'), true)
    assert.equal(await other.lock('l'), false)
    await session.transact(OpenVSwitch, [assertLock('l')])
    await assert.rejects(other.transact(OpenVSwitch, [assertLock('l')]), NotOwnerError)
    const locked = once(other, 'locked')
    await session.unlock('l')
    assert.deepEqual(await locked, ['l'])
    await other.transact(OpenVSwitch, [assertLock('l')])

    const stolen = once(other, 'stolen')
    assert.equal(await session.steal('l'), true)
    assert.deepEqual(await stolen, ['l'])
    await assert.rejects(session.lock('not a name'), { code: 'OVSDB_VALUE' })
    await other.close()
  })

  it('carries a reply and a request of several megabytes', async () => {
    const big = 'é'.repeat(2_000_000)
    await session.transact(OpenVSwitch, [ops.mutate('Open_vSwitch', [], [['other_config', 'insert', { big }]])])
    const [{ rows }] = await session.transact(OpenVSwitch, [ops.select('Open_vSwitch', [], ['other_config'])])
    assert.equal(rows[0]?.other_config['big'], big)
    await session.transact(OpenVSwitch, [ops.mutate('Open_vSwitch', [], [['other_config', 'delete', ['big']]])])
  })

  it('rejects what is under way when the server dies, and refuses what comes after', async () => {
    const mortal = await TestServer.start()
    try {
      const doomed = await Session.connect(mortal.target)
      const waiting = doomed.transact(OpenVSwitch, [
        ops.wait('Open_vSwitch', [], ['db_version'], '==', [{ db_version: 'never' }]),
      ])
      const rejected = assert.rejects(waiting, { code: 'OVSDB_CLOSED', by: 'peer' })
      await mortal.kill()
      await rejected
      await doomed.closed
      await assert.rejects(doomed.listDbs(), { code: 'OVSDB_CLOSED' })
      await assert.rejects(Session.connect(mortal.target), ConnectError)
    } finally {
      await mortal.stop()
    }
  })

  it('ends when a held server does not answer the probe', async () => {
    const held = await TestServer.start()
    try {
      const probing = await Session.connect(held.target, { probeIntervalMs: 50 })
      await probing.listDbs()
      held.signal('SIGSTOP')
      assert.equal((await probing.closed).code, 'OVSDB_INACTIVITY')
    } finally {
      held.signal('SIGCONT')
      await held.stop()
    }
  })
})
