import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import {
  operations,
  comment,
  Replica,
  Session,
  defineSchema,
  type ChannelOptions,
  type Json,
  type JsonObject,
  type RowBase,
} from 'ovsdb-client'

/** A stream whose other end is the test: what the session writes is collected, what it reads is pushed. */
class Wire extends Duplex {
  readonly sent: JsonObject[] = []
  /** When set, writes are not finished: the peer does not read. */
  stuck = false

  override _read(): void {
    // Bytes come by push().
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(JSON.parse(chunk.toString()) as JsonObject)
    if (!this.stuck) done()
  }

  say(message: Json | string | Buffer): void {
    this.push(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
  }
}

function open(options: ChannelOptions = {}): { wire: Wire; session: Session } {
  const wire = new Wire()
  return { wire, session: new Session(wire, { probeIntervalMs: 0, ...options }) }
}

type TestTypes = {
  readonly T: {
    readonly row: RowBase<'T'> & { readonly n: number; readonly s: readonly string[] }
    readonly immutable: never
  }
}
const SCHEMA = defineSchema<TestTypes>({
  name: 'test',
  version: '1.0.0',
  tables: { T: { columns: { n: { type: 'integer' }, s: { type: { key: 'string', min: 0, max: 'unlimited' } } } } },
})
const UUID = '00000000-0000-0000-0000-00000000000a'

/** A replica whose monitor has been answered with one row. */
async function openReplica(): Promise<{
  wire: Wire
  session: Session
  replica: Replica<TestTypes, { readonly T: true }>
}> {
  const { wire, session } = open()
  const opening = Replica.open(session, SCHEMA, { tables: { T: true } })
  wire.say({ id: 1, error: null, result: { T: { [UUID]: { initial: { n: 1 } } } } })
  return { wire, session, replica: await opening }
}

describe('Session over a stream', () => {
  it('answers echo, and says of other requests that it does not serve them', async () => {
    const { wire, session } = open()
    wire.say({ method: 'echo', params: [1, 'é'], id: 'x' })
    wire.say({ method: 'list_dbs', params: [], id: 7 })
    // A notification of a later version is no fault.
    wire.say({ method: 'unheard_of', params: [], id: null })
    const done = session.echo()
    wire.say({ id: 1, result: [], error: null })
    await done
    assert.deepEqual(wire.sent[1], { result: [1, 'é'], error: null, id: 'x' })
    assert.deepEqual(wire.sent[2]?.['error'], {
      error: 'unknown method',
      details: 'this client does not serve "list_dbs"',
    })
    assert.equal(session.closeReason, undefined)
    await session.close()
  })

  it('matches replies to requests in any order', async () => {
    const { wire, session } = open()
    const [a, b] = [session.request('a', []), session.request('b', [])]
    wire.say('{"id":2,"result":"B","error":null}{"id":1,"error":{"error":"odd","details":"why"}}')
    assert.equal(await b, 'B')
    await assert.rejects(a, { code: 'OVSDB_RPC', error: 'odd', details: 'why', method: 'a' })
    await session.close()
  })

  const faults: readonly [string, Json | string, string][] = [
    ['no JSON', 'HTTP/1.1 400 Bad Request\r\n', 'OVSDB_JSON'],
    ['a message that is no JSON-RPC', {}, 'OVSDB_PROTOCOL'],
    ['a method that is no string', { method: 1, params: [], id: 1 }, 'OVSDB_PROTOCOL'],
    ['params that are no array', { method: 'echo', params: {}, id: 1 }, 'OVSDB_PROTOCOL'],
    ['a reply to nobody', { id: 99, result: [], error: null }, 'OVSDB_PROTOCOL'],
    ['a reply with an odd id', { id: { a: 1 }, result: [], error: null }, 'OVSDB_PROTOCOL'],
    ['an update of no monitor', { method: 'update2', params: ['m', {}], id: null }, 'OVSDB_PROTOCOL'],
    ['a lock that is no string', { method: 'locked', params: [{}], id: null }, 'OVSDB_PROTOCOL'],
    ['too large a message', `{"a":"${'x'.repeat(5000)}`, 'OVSDB_MESSAGE_LIMIT'],
    ['too deep a message', `{"a":${'['.repeat(50)}`, 'OVSDB_MESSAGE_LIMIT'],
  ]
  for (const [what, message, code] of faults) {
    it(`ends this session, and no other, on ${what}`, async () => {
      const bad = open({ maxMessageBytes: 4096, maxDepth: 40 })
      const good = open()
      const pending = assert.rejects(bad.session.listDbs(), { code })
      const goodReply = good.session.listDbs()
      bad.wire.say(message)
      assert.equal((await bad.session.closed).code, code)
      await pending
      assert.ok(bad.wire.destroyed)
      await assert.rejects(bad.session.listDbs(), { code })
      good.wire.say({ id: 1, result: ['a'], error: null })
      assert.deepEqual(await goodReply, ['a'])
      await good.session.close()
    })
  }

  it('says so when the stream ends in the middle of a message', async () => {
    const { wire, session } = open()
    wire.say('{"method":')
    wire.push(null)
    assert.equal((await session.closed).message, 'connection closed by the peer in the middle of a message')
  })

  it('survives no garbage, but never throws past itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.json(),
            fc.string(),
            fc.constantFrom(
              '{"id":1,"result":',
              '{"method":"update2","params":["monitor-1",',
              '{"T":{"x":',
              '}]',
              '}',
              '{',
            ),
          ),
        ),
        async (parts) => {
          const { wire, session } = open()
          const opening = Replica.open(session, SCHEMA, { tables: { T: true } }).catch((error: unknown) => error)
          for (const part of parts) if (part !== '') wire.say(part)
          wire.push(null)
          const reason = await session.closed
          assert.match(reason.code, /^OVSDB_(JSON|PROTOCOL|MESSAGE_LIMIT|CLOSED)$/)
          await opening
        },
      ),
    )
  })

  it('queues no more than the limit for a peer that does not read, and drops one that asks for more', async () => {
    const { wire, session } = open({ maxSendBytes: 1000 })
    wire.stuck = true
    const first = assert.rejects(session.request('a', ['x'.repeat(2000)]), { code: 'OVSDB_CLOSED' })
    await assert.rejects(session.request('b', []), { code: 'OVSDB_SEND_QUEUE_FULL', retryable: true })
    assert.equal(session.closeReason, undefined)
    const closing = session.closed
    wire.say({ method: 'echo', params: ['x'], id: 'y' })
    assert.equal((await closing).code, 'OVSDB_SEND_QUEUE_FULL')
    await first.catch(() => undefined)
  })

  it('probes a silent peer, goes on when it answers, ends when it does not', async () => {
    const { wire, session } = open({ probeIntervalMs: 20 })
    let probes = 0
    while (probes < 3) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const asked = wire.sent.filter((message) => message['method'] === 'echo').length
      for (; probes < asked; probes++) wire.say({ id: 'echo', result: [], error: null })
    }
    assert.equal(session.closeReason, undefined)
    assert.equal((await session.closed).code, 'OVSDB_INACTIVITY')
  })

  it('refuses limits that make no sense', () => {
    assert.throws(() => open({ maxDepth: 0 }), { code: 'OVSDB_VALUE', path: 'maxDepth' })
    assert.throws(() => open({ probeIntervalMs: NaN }), { code: 'OVSDB_VALUE', path: 'probeIntervalMs' })
  })

  it('emits close once, and rejects what comes after', async () => {
    const { wire, session } = open()
    let closes = 0
    session.on('close', () => closes++)
    const pending = assert.rejects(session.listDbs(), { code: 'OVSDB_CLOSED', by: 'local' })
    await session.close()
    await session.close()
    wire.destroy()
    await pending
    assert.equal(closes, 1)
    await assert.rejects(session.transact('x', [comment('y')]), { code: 'OVSDB_CLOSED' })
  })

  it('rejects a transaction reply that is malformed', async () => {
    const ops = operations(SCHEMA)
    for (const result of [{}, [], [1], [{ uuid: 'x' }], [{}]] as Json[]) {
      const { wire, session } = open()
      const failed = assert.rejects(session.transact(SCHEMA, [ops.insert('T', { n: 1 })]), { code: 'OVSDB_PROTOCOL' })
      wire.say({ id: 1, result, error: null })
      await failed
      await session.close()
    }
  })

  it('asks to cancel, and takes a result that was on the way all the same', async () => {
    const { wire, session } = open()
    const controller = new AbortController()
    const done = session.transact('x', [comment('y')], { signal: controller.signal })
    controller.abort()
    assert.deepEqual(
      wire.sent.slice(1).map((message) => message['method']),
      ['cancel', 'echo'],
    )
    wire.say('{"id":1,"result":[{}],"error":null}{"id":2,"result":[],"error":null}')
    assert.deepEqual(await done, [{}])
    await session.close()
  })

  it('counts a cancelled transaction as cancelled by the answer to the echo, or by "canceled"', async () => {
    for (const answer of [
      '{"id":2,"result":[],"error":null}',
      '{"id":1,"result":null,"error":"canceled"}{"id":2,"result":[],"error":null}',
    ]) {
      const { wire, session } = open()
      const controller = new AbortController()
      const done = assert.rejects(session.transact('x', [comment('y')], { signal: controller.signal }), {
        code: 'OVSDB_CANCELED',
      })
      controller.abort()
      wire.say(answer)
      await done
      assert.equal(session.closeReason, undefined)
      await session.close()
    }
  })
})

describe('Replica over a stream', () => {
  const OTHER = '00000000-0000-0000-0000-00000000000b'
  const faults: readonly [string, JsonObject, string][] = [
    ['an insert of a row that is there', { T: { [UUID]: { insert: {} } } }, 'OVSDB_INCONSISTENT'],
    ['a change of a row that is not there', { T: { [OTHER]: { modify: { n: 2 } } } }, 'OVSDB_INCONSISTENT'],
    ['a delete of a row that is not there', { T: { [OTHER]: { delete: null } } }, 'OVSDB_INCONSISTENT'],
    ['an unknown table', { X: {} }, 'OVSDB_PROTOCOL'],
    ['an unknown column', { T: { [UUID]: { modify: { x: 2 } } } }, 'OVSDB_PROTOCOL'],
    ['a value of the wrong type', { T: { [UUID]: { modify: { n: 'x' } } } }, 'OVSDB_PROTOCOL'],
    ['an unknown kind of update', { T: { [UUID]: { replace: {} } } }, 'OVSDB_PROTOCOL'],
    ['a row that is no object', { T: { [UUID]: { insert: 1 } } }, 'OVSDB_PROTOCOL'],
    ['what is no UUID', { T: { x: { insert: {} } } }, 'OVSDB_PROTOCOL'],
  ]
  for (const [what, updates, code] of faults) {
    it(`changes nothing and ends the session on ${what}`, async () => {
      const { wire, session, replica } = await openReplica()
      replica.on('change', () => assert.fail('a change'))
      const closed = once(replica, 'close')
      const good = '00000000-0000-0000-0000-0000000000ff'
      wire.say({
        method: 'update2',
        params: ['monitor-1', { T: { [good]: { insert: { n: 5 } } }, ...merge(updates, good) }],
        id: null,
      })
      const [reason] = (await closed) as [{ code: string }]
      assert.equal(reason.code, code)
      assert.equal((await session.closed).code, code)
      assert.deepEqual(Array.from(replica.rows('T')), [{ _uuid: UUID, n: 1, s: [] }])
    })
  }

  it('applies updates that arrive together with the initial contents, in order', async () => {
    const { wire, session } = open()
    const opening = Replica.open(session, SCHEMA, { tables: { T: true } })
    wire.say(
      [
        { id: 1, error: null, result: { T: { [UUID]: { initial: { n: 1, s: ['set', ['a', 'b']] } } } } },
        {
          method: 'update2',
          params: ['monitor-1', { T: { [UUID]: { modify: { n: 2, s: ['set', ['b', 'c']] } } } }],
          id: null,
        },
        { method: 'update2', params: ['monitor-1', { T: { [OTHER]: { insert: {} } } }], id: null },
      ]
        .map((message) => JSON.stringify(message))
        .join(''),
    )
    const replica = await opening
    assert.deepEqual(Array.from(replica.rows('T')), [
      { _uuid: UUID, n: 2, s: ['a', 'c'] },
      { _uuid: OTHER, n: 0, s: [] },
    ])
    await session.close()
  })

  it('falls back to monitor where monitor_cond is unknown', async () => {
    const { wire, session } = open()
    const opening = Replica.open(session, SCHEMA, { tables: { T: true } })
    wire.say({ id: 1, result: null, error: { error: 'unknown method', details: '' } })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(wire.sent[1]?.['method'], 'monitor')
    wire.say({ id: 2, error: null, result: { T: { [UUID]: { new: { n: 1, s: ['set', []] } } } } })
    const replica = await opening
    const event = once(replica, 'change')
    wire.say({
      method: 'update',
      params: ['monitor-2', { T: { [UUID]: { old: { n: 1 }, new: { n: 3, s: ['set', []] } } } }],
      id: null,
    })
    const [changes] = (await event) as [unknown]
    assert.deepEqual(changes, [
      { table: 'T', uuid: UUID, old: { _uuid: UUID, n: 1, s: [] }, new: { _uuid: UUID, n: 3, s: [] }, columns: ['n'] },
    ])
    await session.close()
  })

  it('ends when the server ends its monitor, while the session goes on', async () => {
    const { wire, session, replica } = await openReplica()
    const closed = once(replica, 'close')
    wire.say({ method: 'monitor_canceled', params: ['monitor-1'], id: null })
    await closed
    assert.equal(session.closeReason, undefined)
    await session.close()
  })
})

/** The updates with the row `good` inserted first in the same table, to see that it is not applied by itself. */
function merge(updates: JsonObject, good: string): JsonObject {
  return Object.fromEntries(
    Object.entries(updates).map(([table, rows]) => [
      table,
      table === 'T' ? { [good]: { insert: { n: 5 } }, ...(rows as JsonObject) } : rows,
    ]),
  )
}
