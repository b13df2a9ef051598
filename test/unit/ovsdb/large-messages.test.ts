import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { parseSchema, Replica, Session, stringifyJson, type Json, type MonitorUpdate } from 'ovsdb-client'

const many = { min: 0, max: 'unlimited' }
const SCHEMA = parseSchema({
  name: 'test',
  version: '1.0.0',
  tables: {
    T: {
      columns: {
        name: { type: 'string' },
        n: { type: 'integer' },
        m: { type: { key: 'string', value: 'string', ...many } },
      },
      indexes: [['name']],
    },
  },
})

const uuid = (i: number): string => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`
const map = (entries: Readonly<Record<string, string>>): Json => ['map', Object.entries(entries)]

/** Rows enough for a message to be read in parts, one of them with whatever is hard to read. */
const odd = { name: 'é"\\{[\u{1f600}', n: 2n ** 62n, m: map({ __proto__x: '\u0001}' }) }
const rows: Readonly<Record<string, Json>> = Object.fromEntries(
  Array.from({ length: 2000 }, (_, i) => [uuid(i), i === 7 ? odd : { name: `row${i}`, n: i, m: map({ a: `${i}`, b: 'x' }) }]),
)
const inserted = (kind: string): Json =>
  Object.fromEntries(Object.entries(rows).map(([id, row]) => [id, { [kind]: row }]))

/** A server that answers each request by what is told of its method. */
class Peer extends Duplex {
  readonly #answers: Readonly<Record<string, string>>

  constructor(answers: Readonly<Record<string, string>>) {
    super()
    this.#answers = answers
  }

  override _read(): void {
    // Bytes come by push().
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const { id, method } = JSON.parse(chunk.toString()) as { id: number; method: string }
    setImmediate(() => this.push(`{"id":${id},"error":null,"result":${this.#answers[method] ?? 'null'}}`))
    done()
  }
}

const sessionWith = (answers: Readonly<Record<string, string>>): readonly [Session, Peer] => {
  const peer = new Peer(answers)
  return [new Session(peer, { probeIntervalMs: 0 }), peer]
}

describe('large messages', () => {
  it('make the same rows as small ones, the odd ones exactly', async () => {
    const [session, peer] = sessionWith({ monitor_cond: `{"T":${stringifyJson(inserted('initial'))}}` })
    const replica = await Replica.open(session, SCHEMA, { tables: { T: true } })
    assert.equal(replica.count('T'), 2000)
    assert.deepEqual(replica.find('T', 'name', 'row1999'), { _uuid: uuid(1999), name: 'row1999', n: 1999, m: { a: '1999', b: 'x' } })
    assert.deepEqual(replica.find('T', 'name', odd.name), { _uuid: uuid(7), name: odd.name, n: 2n ** 62n, m: { __proto__x: '\u0001}' } })
    const gone = Object.fromEntries(Object.keys(rows).map((id) => [id, { delete: null }]))
    peer.push(stringifyJson({ method: 'update2', params: ['monitor-1', { T: gone }], id: null }))
    await replica.until(() => replica.count('T') === 0)
    assert.equal(replica.find('T', 'name', 'row1999'), undefined)
    await session.close()
  })

  it('are plain JSON to whoever asks the session itself', async () => {
    const result = stringifyJson([{ rows: Object.values(rows) }])
    const [session, peer] = sessionWith({ any: result, monitor: `{"T":${stringifyJson(inserted('new'))}}` })
    assert.deepEqual(await session.request('any', []), [{ rows: Object.values(rows) }])
    const updates: MonitorUpdate[] = []
    await session.monitor('test', {}, (update) => updates.push(update))
    peer.push(stringifyJson({ method: 'update', params: ['monitor-1', { T: inserted('old') }], id: null }))
    await new Promise(setImmediate)
    assert.deepEqual(updates, [
      { kind: 'initial', format: 'update', updates: { T: inserted('new') } },
      { kind: 'change', format: 'update', updates: { T: inserted('old') } },
    ])
    await session.close()
  })

  const initial = (content: string): string => `{"T":{"${uuid(1)}":{"initial":${content}}}${' '.repeat(1 << 16)}}`
  const faulty: readonly [string, string, string][] = [
    ['a row that is no JSON', initial('{"name":,}'), 'OVSDB_JSON'],
    ['brackets of two kinds', initial('{"name":"a"]'), 'OVSDB_JSON'],
    ['a word that is none', initial('nul'), 'OVSDB_JSON'],
    ['a member without a name', `{"T":{5:{}${' '.repeat(1 << 16)}}}`, 'OVSDB_JSON'],
    ['a row that is an array', initial('[1]'), 'OVSDB_PROTOCOL'],
    ['a table that is an array', `{"T":[1${' '.repeat(1 << 16)}]}`, 'OVSDB_PROTOCOL'],
    ['a row twice', initial(`{}},"${uuid(2)}":{"initial":{}},"${uuid(1)}":{"initial":{}`), 'OVSDB_PROTOCOL'],
  ]
  for (const [what, result, code] of faulty) {
    it(`end the session with an error when they hold ${what}`, async () => {
      const [session] = sessionWith({ monitor_cond: result })
      await assert.rejects(Replica.open(session, SCHEMA, { tables: { T: true } }), { code })
      assert.equal((await session.closed).code, code)
    })
  }

  it('are the same value, however the JSON is', async () => {
    const json = fc.jsonValue({ maxDepth: 7 }).filter((value) => !/\d{16}/.test(JSON.stringify(value)))
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const [session] = sessionWith({ any: `${JSON.stringify(value)}${' '.repeat(1 << 16)}` })
        const result = await session.request('any', [])
        assert.deepEqual(result, JSON.parse(JSON.stringify(value)))
        await session.close()
      }),
    )
  })
})
