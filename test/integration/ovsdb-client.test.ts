import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  change,
  Client,
  operations,
  parseJson,
  Session,
  type Json,
  type JsonObject,
  type Replica,
  type RowChange,
  type TypesOf,
} from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { TcpProxy } from '../support/tcp-proxy.js'
import { TestServer } from './ovsdb-support.js'

const { insert, mutate, ...ops } = operations(OpenVSwitch)
const TABLES = { Open_vSwitch: true, Bridge: ['name', 'ports', 'external_ids', 'other_config'] } as const
type Tables = Replica<TypesOf<typeof OpenVSwitch>, typeof TABLES>
type Changes = readonly RowChange<TypesOf<typeof OpenVSwitch>, typeof TABLES>[]

const BACKOFF = { minDelayMs: 5, maxDelayMs: 50 }

function addBridge(name: string, externalIds: Record<string, string> = {}) {
  return [
    insert('Bridge', { name, external_ids: externalIds }, 'bridge'),
    mutate('Open_vSwitch', [], [['bridges', 'insert', { uuidName: 'bridge' }]]),
  ] as const
}

/** What ovsdb-client says that a table holds: rows by UUID, columns in RFC 7047 notation. */
async function dump(server: TestServer, table: string, columns: readonly string[]): Promise<Map<string, Json>> {
  const text = await server.client('dump', '--format=json', 'Open_vSwitch', table, '_uuid', ...columns)
  const json = parseJson(text) as JsonObject
  const headings = json['headings'] as readonly string[]
  const at = headings.indexOf('_uuid')
  return new Map(
    (json['data'] as readonly (readonly Json[])[]).map((row) => [
      (row[at] as readonly string[])[1] ?? '',
      Object.fromEntries(headings.map((name, i) => [name, row[i] ?? null]).filter(([name]) => name !== '_uuid')) as Json,
    ]),
  )
}

/** The same of a replica. */
function held(replica: Tables): Map<string, Json> {
  const columns = OpenVSwitch.tables.get('Bridge')?.columns
  return new Map(
    Array.from(replica.rows('Bridge'), (row) => [
      row._uuid,
      Object.fromEntries(
        TABLES.Bridge.map((name) => {
          const json = columns?.get(name)?.codec.encode(row[name]) ?? null
          const [kind, elements] = json as readonly Json[]
          return [name, kind === 'set' && (elements as readonly Json[]).length === 1 ? (elements as readonly Json[])[0] : json]
        }),
      ) as Json,
    ]),
  )
}

/** Follows a replica by its events alone; fails when an event contradicts those before it. */
function follow(replica: Tables): Map<string, unknown> {
  const rows = new Map<string, unknown>(Array.from(replica.rows('Bridge'), (row) => [row._uuid, row]))
  replica.on('change', (changes: Changes) => {
    for (const change of changes) {
      if (change.table !== 'Bridge') continue
      assert.deepEqual(rows.get(change.uuid), change.old, 'an event does not begin where the last one ended')
      assert.notDeepEqual(change.old, change.new, 'an event without a change')
      if (change.new === undefined) rows.delete(change.uuid)
      else rows.set(change.uuid, change.new)
    }
    // All changes of the event are in.
    assert.deepEqual(rows, new Map(Array.from(replica.rows('Bridge'), (row) => [row._uuid, row])))
  })
  return rows
}

describe('ovsdb-client that keeps its connection', () => {
  let server: TestServer
  let proxy: TcpProxy
  let clients: Client[] = []

  const connect = (options: object = {}): Client => {
    const client = new Client({ remotes: [proxy.target], database: 'Open_vSwitch', backoff: BACKOFF, ...options })
    clients.push(client)
    return client
  }

  beforeEach(async () => {
    server = await TestServer.start()
    proxy = await TcpProxy.start(server.socket)
  })

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()))
    clients = []
    await proxy.close()
    await server.stop()
  })

  it('converges, however its connection is cut under a writer', async () => {
    const replica = await connect().replica(OpenVSwitch, { tables: TABLES })
    const followed = follow(replica)
    const writer = await Session.connect(server.target)
    let cuts = 0
    replica.on('stale', () => cuts++)
    for (let i = 0; i < 400; i++) {
      if (i % 10 === 5) proxy.cutAfter = Math.floor(Math.random() * 2000)
      if (i % 10 === 7) await sleep(Math.random() * 30)
      const name = `br${i % 37}`
      const [found] = await writer.transact(OpenVSwitch, [ops.select('Bridge', [['name', '==', name]], ['name'])])
      const [row] = found.rows
      if (row === undefined) await writer.transact(OpenVSwitch, addBridge(name, { i: String(i) }))
      else if (i % 3 === 0) {
        await writer.transact(OpenVSwitch, [mutate('Open_vSwitch', [], [['bridges', 'delete', row._uuid]])])
      } else await writer.transact(OpenVSwitch, [ops.update('Bridge', [['name', '==', name]], { external_ids: { i: String(i) } })])
    }
    proxy.cutAfter = Infinity
    await writer.transact(OpenVSwitch, addBridge('end'))
    await replica.whenSynced()
    await replica.until(() => replica.find('Bridge', 'name', 'end'))
    await writer.close()
    assert.ok(cuts >= 5, `${cuts} cuts`)
    const real = await dump(server, 'Bridge', TABLES.Bridge)
    assert.deepEqual(held(replica), real)
    assert.deepEqual(followed, new Map(Array.from(replica.rows('Bridge'), (row) => [row._uuid, row])))
  })

  it('tells only what has changed while it was away', async () => {
    const client = connect()
    const replica = await client.replica(OpenVSwitch, { tables: TABLES })
    await client.transact(addBridge('one'))
    await client.transact(addBridge('two'))
    const events: Changes[] = []
    replica.on('change', (changes) => events.push(changes))
    proxy.cut()
    await server.vsctl('set', 'bridge', 'two', 'external_ids:a=b')
    await replica.whenSynced()
    await replica.until(() => replica.find('Bridge', 'name', 'two')?.external_ids['a'] === 'b')
    assert.deepEqual(
      events.flat().map(({ table, columns }) => [table, columns]),
      [['Bridge', ['external_ids']]],
    )
  })

  it('loses no update of eight that increment one column', async () => {
    await server.vsctl('add-br', 'counter', '--', 'set', 'bridge', 'counter', 'other_config:n=0')
    const writers = Array.from({ length: 8 }, () => connect())
    await Promise.all(
      writers.map(async (client) => {
        const replica = await client.replica(OpenVSwitch, { tables: TABLES })
        for (let i = 0; i < 10; i++) {
          await change(
            replica,
            (txn) => {
              const bridge = replica.find('Bridge', 'name', 'counter')
              assert.ok(bridge)
              txn.verify('Bridge', bridge, ['other_config'])
              txn.update('Bridge', bridge, { other_config: { n: String(Number(bridge.other_config['n']) + 1) } })
            },
            { maxRetries: 1000 },
          )
        }
      }),
    )
    assert.equal((await server.vsctl('get', 'bridge', 'counter', 'other_config:n')).trim(), '"80"')
  })

  it('gives up a transaction whose rows change all the time', async () => {
    const client = connect()
    const replica = await client.replica(OpenVSwitch, { tables: TABLES })
    await client.transact(addBridge('b'))
    let built = 0
    const attempt = change(
      replica,
      (txn) => {
        built++
        const bridge = replica.find('Bridge', 'name', 'b')
        assert.ok(bridge)
        txn.verify('Bridge', { ...bridge, external_ids: { never: 'so' } }, ['external_ids'])
        txn.delete('Bridge', bridge)
      },
      { maxRetries: 3 },
    )
    await assert.rejects(attempt, { code: 'OVSDB_TIMED_OUT' })
    assert.equal(built, 4)
  })

  it('gives new rows their UUIDs and outcomes their values', async () => {
    const client = connect()
    const replica = await client.replica(OpenVSwitch, { tables: TABLES })
    const { bridge, config } = await change(replica, (txn) => {
      txn.verifyNone('Bridge', [['name', '==', 'new']])
      const [root] = replica.rows('Open_vSwitch')
      assert.ok(root)
      const bridge = txn.insert('Bridge', { name: 'new' })
      txn.mutate('Open_vSwitch', root, [['bridges', 'insert', bridge]])
      return { bridge, config: txn.increment('Open_vSwitch', root, 'next_cfg') }
    })
    assert.equal(replica.find('Bridge', 'name', 'new')?._uuid, bridge.uuid)
    assert.equal(config.value, 1)
    const [root] = replica.rows('Open_vSwitch')
    assert.ok(root)
    assert.deepEqual(replica.referenced('Open_vSwitch', root, 'bridges').map(({ name }) => name), ['new'])
    assert.deepEqual(replica.referrers('Bridge', bridge.uuid, 'Open_vSwitch'), [root])
  })

  it('holds other rows when its conditions change, also over a reconnect', async () => {
    const client = connect()
    const replica = await client.replica(OpenVSwitch, {
      tables: { Bridge: { columns: ['name'], where: [['name', '==', 'a']] } },
    })
    const names = (): string[] => Array.from(replica.rows('Bridge'), ({ name }) => name).sort()
    for (const name of ['a', 'b', 'c']) await client.transact(addBridge(name))
    assert.deepEqual(names(), ['a'])
    await replica.setConditions({ Bridge: [['name', '==', 'b'], ['name', '==', 'c']] })
    assert.deepEqual(names(), ['b', 'c'])
    await replica.setConditions({ Bridge: [] })
    assert.deepEqual(names(), [])
    proxy.cut()
    await once(replica, 'stale')
    await replica.setConditions({ Bridge: [['name', '==', 'a']] })
    await replica.whenSynced()
    assert.deepEqual(names(), ['a'])
  })

  it('asks for its locks on every session', async () => {
    const client = connect()
    const lock = client.lock('one')
    if (!lock.owned) await once(lock, 'owned')
    const lost = once(lock, 'lost')
    const owned = lost.then(() => once(lock, 'owned'))
    proxy.cut()
    await owned
    const other = connect().lock('one')
    await sleep(50)
    assert.equal(other.owned, false)
    await other.steal()
    assert.equal(other.owned, true)
    if (lock.owned) await once(lock, 'lost')
  })

  it('goes on to the next server when one is gone', async () => {
    const second = await TestServer.start()
    try {
      const client = connect({ remotes: [server.target, second.target], shuffle: false })
      const session = await client.ready()
      const id = await session.getServerId()
      await Promise.all([once(client, 'disconnected'), server.kill()])
      assert.notEqual(await (await client.ready()).getServerId(), id)
    } finally {
      await second.stop()
    }
  })

  it('does not use a server without the database', async () => {
    const client = connect({ database: 'Nope' })
    const [reason] = (await once(client, 'failed')) as [Error & { code: string }]
    assert.equal(reason.code, 'OVSDB_UNSUITABLE')
  })
})

