import assert from 'node:assert/strict'
import * as library from 'ovsdb-client'
import { comment, Session, TRANSACTION_ERRORS, TransactionError } from 'ovsdb-client'
import { Duplex, PassThrough } from 'node:stream'

describe('errors', () => {
  it('have a code and a name each of their own', () => {
    const seen = new Map<string, string>()
    for (const [name, value] of Object.entries(library)) {
      if (typeof value !== 'function' || !(value.prototype instanceof library.OvsdbError)) continue
      const error = new (value as unknown as new (...args: unknown[]) => library.OvsdbError)(
        { error: 'e', op: 'o' },
        'b',
        'c',
      )
      assert.equal(error.name, name)
      assert.match(error.code, /^OVSDB_[A-Z_]+$/)
      assert.equal(seen.get(error.code), undefined, `${name} has the code of another`)
      seen.set(error.code, name)
    }
    assert.ok(seen.size > 25)
  })

  it('of transactions are chosen by the error string', () => {
    for (const [text, type] of [...TRANSACTION_ERRORS, ['something new', TransactionError]] as const) {
      const error = library.transactionError({ error: text, details: 'why', index: 2, op: 'insert' })
      assert.equal(error.constructor, type)
      assert.equal(error.message, `operation 2 (insert): ${text}: why`)
    }
  })

  it('name the operation that failed, or the commit', async () => {
    for (const [result, index, op] of [
      ['[{},{"error":"aborted"},null]', 1, 'comment'],
      ['[{},{},{"error":"constraint violation","details":"d"}]', undefined, 'commit'],
    ] as const) {
      const back = new PassThrough()
      const stream = Duplex.from({ readable: back, writable: new PassThrough().resume() })
      const session = new Session(stream, { probeIntervalMs: 0 })
      const failed = assert.rejects(session.transact('x', [comment('1'), comment('2')]), { index, op })
      back.write(`{"id":1,"error":null,"result":${result}}`)
      await failed
      await session.close()
    }
  })
})
