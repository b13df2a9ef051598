import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { defineSchema, OvsdbError, Replica, Session, type Json, type JsonObject, type RowBase } from 'ovsdb-client'

/** A server that says what it is told to say. */
class Peer extends Duplex {
  override _read(): void {
    // Bytes come by push().
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done()
  }
}

type Types = {
  readonly T: {
    readonly row: RowBase<'T'> & {
      readonly n: number
      readonly o: number | null
      readonly s: readonly string[]
      readonly m: Readonly<Record<string, string>>
    }
    readonly immutable: never
  }
}
const many = { min: 0, max: 'unlimited' }
const SCHEMA = defineSchema<Types>({
  name: 'test',
  version: '1.0.0',
  tables: {
    T: {
      columns: {
        n: { type: 'integer' },
        o: { type: { key: 'integer', min: 0 } },
        s: { type: { key: 'string', ...many } },
        m: { type: { key: 'string', value: 'string', ...many } },
      },
      indexes: [['n']],
    },
  },
})
const uuid = (i: number): string => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`

/** Any JSON, of the shapes that OVSDB uses more often than not. */
const junk: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e300, 2n ** 62n, '', 'T', 'x', 'set', 'map', 'uuid', uuid(1)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.tuple(fc.constantFrom('set', 'map', 'uuid', 'named-uuid'), tie('json')),
    fc.dictionary(fc.constantFrom('n', 'o', 's', 'm', '_uuid', '__proto__', 'insert', 'modify', 'delete', 'x'), tie('json')),
  ),
})).json

const rowUpdate = fc.oneof(
  fc.record({ insert: fc.oneof(junk, fc.record({ n: fc.integer(), s: fc.constant<Json>(['set', ['a', 'b']]) })) }),
  fc.record({ modify: fc.oneof(junk, fc.record({ n: fc.integer() }), fc.record({ s: fc.constant<Json>(['set', ['a']]) })) }),
  fc.constant({ delete: null }),
  fc.record({ initial: junk }),
  junk,
)
const updates = fc.oneof(
  fc.dictionary(fc.constantFrom('T', 'U'), fc.dictionary(fc.nat(5).map(uuid), rowUpdate)),
  fc.record({ T: fc.dictionary(fc.oneof(fc.nat(5).map(uuid), fc.string()), rowUpdate) }),
  junk,
)

/** So many bytes make a message large: then it is read in parts. */
const LARGE = 1 << 16

function rowsOf(replica: Replica<Types, { readonly T: true }>): readonly unknown[] {
  return Array.from(replica.rows('T')).sort((a, b) => (a._uuid < b._uuid ? -1 : 1))
}

describe('a hostile server', () => {
  it('cannot bring a replica out of step with its events, whatever it says of rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(updates, { maxLength: 6 }), fc.constantFrom(0, LARGE), async (list, padding) => {
        const peer = new Peer()
        const session = new Session(peer, { probeIntervalMs: 0, maxDepth: 30 })
        const opening = Replica.open(session, SCHEMA, { tables: { T: true }, indexes: { T: ['s'] } })
        peer.push('{"id":1,"error":null,"result":{}}')
        const replica = await opening
        const followed = new Map<string, unknown>()
        let transactions = 0
        replica.on('change', (changes) => {
          transactions++
          for (const { uuid: id, old, new: row } of changes) {
            assert.deepEqual(followed.get(id), old)
            if (row === undefined) followed.delete(id)
            else followed.set(id, row)
          }
          assert.equal(followed.size, replica.count('T'))
        })
        for (const update of list) {
          const message = { method: 'update2', params: ['monitor-1', update], id: null }
          const before = rowsOf(replica)
          const told = transactions
          peer.push(`{${' '.repeat(padding)}${text(message).slice(1)}`)
          await new Promise(setImmediate)
          if (session.closeReason !== undefined) {
            assert.ok(session.closeReason instanceof OvsdbError)
            // What ended the session changed nothing.
            assert.deepEqual(rowsOf(replica), before)
            assert.equal(transactions, told)
            break
          }
        }
        for (const row of replica.rows('T')) {
          assert.deepEqual(followed.get(row._uuid), row)
          assert.ok(replica.findAll('T', 'n', row.n).includes(row))
          for (const element of row.s) assert.ok(replica.findAll('T', 's', element).includes(row))
        }
        await session.close()
      }),
      { numRuns: 300 },
    )
  })

  it('gets nothing but an error of this library out of any request, however it answers', async () => {
    const asks: readonly ((session: Session) => Promise<unknown>)[] = [
      (session) => session.listDbs(),
      (session) => session.getSchema('test'),
      (session) => session.getServerId(),
      (session) => session.lock('a'),
      (session) => session.echo(),
      (session) => session.transact('test', []),
      (session) => session.monitorCondSince('test', {}, () => undefined),
      (session) => Replica.open(session, SCHEMA, { tables: { T: true } }),
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...asks), junk, fc.option(junk), async (ask, result, error) => {
        const peer = new Peer()
        const session = new Session(peer, { probeIntervalMs: 0 })
        const asked = ask(session).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        peer.push(text({ id: 1, result, error: error ?? null }))
        const reason = await asked
        assert.ok(reason === undefined || reason instanceof OvsdbError, String(reason))
        await session.close()
      }),
      { numRuns: 500 },
    )
  })
})

const text = (message: JsonObject): string =>
  JSON.stringify(message, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))
