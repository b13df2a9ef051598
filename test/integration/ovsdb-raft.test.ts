import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  OvsdbError} from 'ovsdb-client';
import {
  Client,
  ConnectionClosedError,
  operations,
  Replica,
  Session,
  TransactionError,
} from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { TcpProxy } from '../support/tcp-proxy.js'
import { RaftCluster } from '../support/raft.js'
import { VSWITCH_SCHEMA } from './ovsdb-support.js'

const { insert, mutate, select, update } = operations(OpenVSwitch)

const leads = ({ status }: Client): boolean => status?.leader === true

describe('ovsdb-client on a cluster of ovsdb-servers', function () {
  this.timeout(60_000)
  let cluster: RaftCluster
  const clients: Client[] = []

  const connect = (leaderOnly: boolean): Client => {
    const client = new Client({
      remotes: cluster.targets,
      database: 'Open_vSwitch',
      leaderOnly,
      backoff: { minDelayMs: 20, maxDelayMs: 200 },
    })
    clients.push(client)
    return client
  }

  beforeEach(async () => {
    cluster = await RaftCluster.start(VSWITCH_SCHEMA, 'Open_vSwitch')
  })

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()))
    await cluster.stop()
  })

  it('follows the leader, loses no acknowledged write, and tells nothing twice', async () => {
    const writer = connect(true)
    await writer.transact([insert('Open_vSwitch', {})])
    const tables = { Bridge: ['name'] } as const
    const replicas = await Promise.all(
      [writer, connect(true), connect(false)].map((client) => client.replica(OpenVSwitch, { tables })),
    )
    const told = replicas.map((replica) => {
      const names: string[] = []
      replica.on('change', (changes) => {
        for (const { old, new: row } of changes) {
          assert.equal(old, undefined)
          names.push(row?.name ?? '')
        }
      })
      return names
    })
    assert.ok(leads(writer))
    const acknowledged: string[] = []
    const unknown: string[] = []
    const write = async (name: string): Promise<void> => {
      try {
        await writer.transact([
          insert('Bridge', { name }, 'bridge'),
          mutate('Open_vSwitch', [], [['bridges', 'insert', { uuidName: 'bridge' }]]),
        ])
        acknowledged.push(name)
      } catch (error) {
        // Whether a transaction was executed whose reply the dying server owed is not known.
        if (!(error instanceof ConnectionClosedError || error instanceof TransactionError)) throw error
        unknown.push(name)
      }
    }
    const until = async (count: number): Promise<void> => {
      while (acknowledged.length < count) await write(`br${acknowledged.length + unknown.length}`)
    }
    await until(30)
    for (let round = 1; round <= 2; round++) {
      const leader = await cluster.leader('Open_vSwitch')
      const writing = until(30 + round * 60)
      await sleep(20)
      await cluster.kill(leader)
      await writing
      assert.ok(leads(writer))
      await cluster.launch(leader, 'Open_vSwitch')
    }
    const [{ rows }] = await writer.transact([select('Bridge', [], ['name'])])
    const there = rows.map(({ name }) => name).sort()
    for (const name of acknowledged) assert.ok(there.includes(name), `${name} is lost`)
    for (const name of there) assert.ok(acknowledged.includes(name) || unknown.includes(name), `${name} was never sent`)
    for (const [i, replica] of replicas.entries()) {
      await replica.whenSynced()
      await replica.until(() => replica.count('Bridge') === there.length)
      assert.deepEqual(Array.from(replica.rows('Bridge'), ({ name }) => name).sort(), there)
      assert.deepEqual(told[i]?.slice().sort(), there, 'a replica was told of a row twice, or not at all')
    }
  })

  it('resumes a monitor on another server without the rows that are there already', async () => {
    const [first, second] = cluster.members
    assert.ok(first && second)
    const proxies = await Promise.all(
      [first, second].map(({ target }) => TcpProxy.start(target.slice('unix:'.length))),
    )
    const [one, two] = proxies
    assert.ok(one && two)
    try {
      const writer = connect(true)
      await writer.transact([
        insert('Open_vSwitch', {}),
        ...Array.from({ length: 300 }, (_, i) => [
          insert('Bridge', { name: `br${i}` }, `b${i}`),
          mutate('Open_vSwitch', [], [['bridges', 'insert', { uuidName: `b${i}` }]]),
        ]).flat(),
      ])
      // A server forgets a transaction once those after it are larger than the database: let the last one be small.
      await writer.transact([update('Bridge', [['name', '==', 'br7']], { external_ids: { a: 'a' } })])
      const replica = Replica.detached(OpenVSwitch, { tables: { Bridge: true } })
      const before = await Session.connect(one.target)
      await replica.attach(before)
      await replica.until(() => replica.count('Bridge') === 300)
      await before.close()
      await writer.transact([update('Bridge', [['name', '==', 'br7']], { external_ids: { a: 'b' } })])
      const told: number[] = []
      replica.on('change', (changes) => told.push(changes.length))
      const after = await Session.connect(two.target)
      await replica.attach(after)
      await replica.until(() => replica.find('Bridge', 'name', 'br7')?.external_ids['a'] === 'b')
      assert.deepEqual(told, [1])
      assert.ok(two.delivered < one.delivered / 50, `${two.delivered} bytes after ${one.delivered}`)
      await after.close()
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.close()))
    }
  })

  it('leaves a server that is cut off from its cluster', async () => {
    const client = connect(false)
    await client.ready()
    const disconnected = new Promise<OvsdbError>((resolve) => {
      client.once('disconnected', (reason) => {
        resolve(reason)
      })
    })
    // Without a majority, no server is of use; when it is back, one is again.
    const [first, second] = cluster.members
    assert.ok(first && second)
    await Promise.all([cluster.kill(first), cluster.kill(second)])
    const reason = await disconnected
    assert.ok(reason.code === 'OVSDB_UNSUITABLE' || reason.code === 'OVSDB_CLOSED', reason.code)
    await Promise.all([cluster.launch(first, 'Open_vSwitch'), cluster.launch(second, 'Open_vSwitch')])
    const session = await client.ready()
    assert.ok((await session.listDbs()).includes('Open_vSwitch'))
  })
})
