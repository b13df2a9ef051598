import assert from 'node:assert/strict'
import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import {
  Connection,
  ConnectionClosedError,
  decodeMessage,
  encodeMessage,
  HandshakeError,
  type Message,
  OF13,
  OF14,
  OF15,
  type OfVersion,
} from 'openflow-ts'
import { connectionPair, rawPair } from './pair.js'

const hello = (version: OfVersion, bitmap?: number): Buffer =>
  encodeMessage({ type: 'HELLO', ...(bitmap !== undefined && { bitmaps: [bitmap] }) }, version, 7)

describe('openflow-ts handshake', () => {
  it('takes the highest version that both sides have', async () => {
    const cases: [readonly OfVersion[], readonly OfVersion[], OfVersion][] = [
      [[OF13, OF14, OF15], [OF13, OF14, OF15], OF15],
      [[OF13, OF14, OF15], [OF13], OF13],
      [[OF13, OF15], [OF14, OF13], OF13],
    ]
    for (const [ours, theirs, expected] of cases) {
      const { connection, peer } = await connectionPair({ versions: ours }, { versions: theirs })
      assert.equal(connection.version, expected)
      assert.equal(peer.version, expected)
      await Promise.all([connection.close(), peer.close()])
    }
  })

  it('goes by the version of the header where there is no bitmap', async () => {
    const { connection, raw } = await rawPair(hello(OF14), { versions: [OF13, OF14, OF15] })
    raw.resume()
    assert.equal(connection.version, OF14)
    await connection.close()
    const higher = Buffer.from('0f00000800000001', 'hex')
    const { connection: other, raw: otherRaw } = await rawPair(higher, { versions: [OF13, OF14] })
    otherRaw.resume()
    assert.equal(other.version, OF14)
    await other.close()
  })

  it('answers OFPHFC_INCOMPATIBLE and rejects when no version is common', async () => {
    for (const greeting of [hello(OF15, 1 << OF15), Buffer.from('0100000800000001', 'hex')]) {
      const [end, raw] = duplexPair()
      const got: Buffer[] = []
      raw.on('data', (chunk: Buffer) => got.push(chunk))
      raw.write(greeting)
      await assert.rejects(Connection.accept(end, { versions: [OF13] }), HandshakeError)
      if (!raw.readableEnded) await once(raw, 'end')
      const bytes = Buffer.concat(got)
      const answer = decodeMessage(bytes.subarray(bytes.readUInt16BE(2)))
      assert.ok(answer.type === 'ERROR')
      assert.equal(answer.error, 'OFPHFC_INCOMPATIBLE')
      assert.ok(end.destroyed)
    }
  })

  it('rejects a peer that is silent, closes, sends something else or noise', async () => {
    const cases: [Buffer | undefined, RegExp][] = [
      [undefined, /no hello within/],
      [encodeMessage({ type: 'BARRIER_REQUEST' }, OF13), /began with a message of type 20/],
      [Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), /began with a message of type 84/],
      [Buffer.alloc(8), /does not speak OpenFlow/],
    ]
    for (const [bytes, expected] of cases) {
      const [end, raw] = duplexPair()
      if (bytes !== undefined) raw.write(bytes)
      await assert.rejects(Connection.accept(end, { handshakeTimeoutMs: 20 }), (error: Error) => {
        assert.ok(error instanceof HandshakeError)
        assert.match(error.message, expected)
        return true
      })
      assert.ok(end.destroyed)
    }
    const [end, raw] = duplexPair()
    raw.end()
    await assert.rejects(Connection.accept(end), ConnectionClosedError)
  })

  it('can be given up', async () => {
    const abort = new AbortController()
    const [end] = duplexPair()
    const accepted = Connection.accept(end, { signal: abort.signal })
    abort.abort()
    await assert.rejects(accepted, ConnectionClosedError)
    assert.ok(end.destroyed)
  })

  it('loses no message that comes with the hello', async () => {
    const echo = encodeMessage({ type: 'ECHO_REPLY', data: Buffer.from('x') }, OF15, 9)
    const status = encodeMessage({ type: 'BARRIER_REPLY' }, OF15, 10)
    const { connection, raw } = await rawPair(Buffer.concat([hello(OF15), echo, status.subarray(0, 5)]))
    raw.resume()
    const got: Message[] = []
    connection.on('message', (message) => got.push(message))
    await once(connection, 'message')
    const rest = once(connection, 'message')
    raw.write(status.subarray(5))
    await rest
    assert.deepEqual(got.map(({ type }) => type), ['ECHO_REPLY', 'BARRIER_REPLY'])
    await connection.close()
  })
})
