import assert from 'node:assert/strict'
import { parseDocument, splitDocument } from '../../../src/model/document.js'
import { parseDuration } from '../../../src/model/duration.js'
import { HeddleError } from '../../../src/model/errors.js'

describe('model: documents', () => {
  it('are names, a spec, and read-only parts that are ignored', () => {
    const body = { kind: 'Pod', tenant: 'red', network: 'web', name: 'a', host: 'h', status: 7, metadata: [] }
    const wanted = { ref: { tenant: 'red', network: 'web', name: 'a' }, spec: { host: 'h' } }
    assert.deepEqual(parseDocument('Pod', {}, body), wanted)
    assert.deepEqual(parseDocument('Pod', { tenant: 'red', network: 'web', name: 'a' }, { host: 'h' }), wanted)
  })

  it('keeps names of other kinds as fields, which the spec then refuses', () => {
    assert.deepEqual(splitDocument('Tenant', {}, { name: 'red', tenant: 'x' }).spec, { tenant: 'x' })
  })

  it('may not contradict the URL', () => {
    assert.throws(
      () => parseDocument('Network', { tenant: 'red', name: 'web' }, { tenant: 'blue', name: 'db', kind: 'Pod' }),
      (error: unknown) => {
        assert.ok(error instanceof HeddleError)
        assert.deepEqual(error.issues.map(({ pointer }) => pointer), ['/kind', '/tenant', '/name', '/cidrs'])
        return true
      },
    )
  })
})

describe('model: durations', () => {
  it('need a unit', () => {
    assert.deepEqual(['250ms', '10s', '2m', '1h', '0s'].map(parseDuration), [250, 10_000, 120_000, 3_600_000, 0])
    for (const text of ['', '10', 's', '1d', '-1s', '1.5s', ' 1s', '1e3s']) assert.equal(parseDuration(text), undefined)
  })
})
