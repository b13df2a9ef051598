import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  type Connection,
  ConnectionClosedError,
  DecodeError,
  EchoTimeoutError,
  encodeMessage,
  match,
  type Message,
  OF13,
  PeerError,
  QueueFullError,
  ReplyTooLongError,
} from 'openflow-ts'
import { actAsSwitch, connectionPair, rawPair, Tap } from './pair.js'

const ONLY13 = { versions: [OF13], echoIntervalMs: 0 } as const
const HELLO13 = encodeMessage({ type: 'HELLO', bitmaps: [1 << OF13] }, OF13, 1)

async function message(connection: Connection): Promise<Message> {
  const [got] = (await once(connection, 'message')) as [Message]
  return got
}

async function closeBoth(...connections: Connection[]): Promise<void> {
  await Promise.all(connections.map((one) => one.close()))
}

describe('openflow-ts connection', () => {
  it('pairs replies with requests by xid, in whatever order they come', async () => {
    const { connection, peer } = await connectionPair(ONLY13)
    const asked: Message[] = []
    peer.on('message', (request) => {
      asked.push(request)
      if (asked.length < 2) return
      for (const { type, xid } of [...asked].reverse()) {
        peer.send({ type: 'ECHO_REPLY', data: Buffer.from(type), xid: xid ?? 0 })
      }
    })
    const [first, second] = await Promise.all([
      connection.request({ type: 'GET_CONFIG_REQUEST' }),
      connection.request({ type: 'FEATURES_REQUEST' }),
    ])
    assert.ok(first.type === 'ECHO_REPLY' && second.type === 'ECHO_REPLY')
    assert.equal(String(first.data), 'GET_CONFIG_REQUEST')
    assert.equal(String(second.data), 'FEATURES_REQUEST')
    await closeBoth(connection, peer)
  })

  it('rejects a request with the error of its peer', async () => {
    const { connection, peer } = await connectionPair(ONLY13)
    peer.on('message', ({ xid }) => {
      peer.send({ type: 'ERROR', error: 'OFPBRC_EPERM', data: Buffer.from('abc'), xid: xid ?? 0 })
    })
    await assert.rejects(connection.request({ type: 'GET_CONFIG_REQUEST' }), (error) => {
      assert.ok(error instanceof PeerError)
      assert.equal(error.error, 'OFPBRC_EPERM')
      assert.equal(String(error.data), 'abc')
      return true
    })
    await closeBoth(connection, peer)
  })

  it('gives errors of what was only sent as events, before the barrier ends', async () => {
    const { connection, peer } = await connectionPair(ONLY13)
    actAsSwitch(peer)
    peer.on('message', ({ type, xid }) => {
      if (type !== 'FLOW_MOD') return
      peer.send({ type: 'ERROR', error: 'OFPFMFC_OVERLAP', data: new Uint8Array(), xid: xid ?? 0 })
    })
    const events: string[] = []
    connection.on('peer_error', (error) => events.push(error.error))
    connection.send({ type: 'FLOW_MOD', command: 'add', table_id: 0, priority: 1, match: match({}) })
    await connection.barrier()
    assert.deepEqual(events, ['OFPFMFC_OVERLAP'])
    await closeBoth(connection, peer)
  })

  it('puts the parts of a multipart reply together, up to a bound', async () => {
    const { connection, peer } = await connectionPair({ ...ONLY13, maxReplyBytes: 400 })
    const table = (table_id: number) => ({ table_id, active_count: 1, lookup_count: 2n, matched_count: 3n })
    let parts = 3
    peer.on('message', ({ type, xid }) => {
      if (type !== 'TABLE_STATS_REQUEST') return
      for (let i = 0; i < parts; i++) {
        const entries = [table(2 * i), table(2 * i + 1)]
        peer.send({ type: 'TABLE_STATS_REPLY', entries, more: i + 1 < parts, xid: xid ?? 0 })
      }
    })
    const entries = await connection.multipart('TABLE_STATS', {})
    assert.deepEqual(entries.map(({ table_id }) => table_id), [0, 1, 2, 3, 4, 5])
    parts = 30
    await assert.rejects(connection.multipart('TABLE_STATS', {}), ReplyTooLongError)
    parts = 1
    assert.equal((await connection.multipart('TABLE_STATS', {})).length, 2)
    await closeBoth(connection, peer)
  })

  it('answers echo requests, and counts what goes and comes', async () => {
    const { connection, peer } = await connectionPair(ONLY13)
    const reply = await peer.request({ type: 'ECHO_REQUEST', data: Buffer.from('life') })
    assert.ok(reply.type === 'ECHO_REPLY')
    assert.equal(String(reply.data), 'life')
    assert.deepEqual(connection.received, { ECHO_REQUEST: 1 })
    assert.deepEqual(connection.sent, { ECHO_REPLY: 1 })
    await closeBoth(connection, peer)
  })

  it('ends when the peer gives no sign of life, not while it does', async () => {
    const { connection, peer } = await connectionPair({ ...ONLY13, echoIntervalMs: 15 }, ONLY13)
    for (let i = 0; i < 4; i++) assert.equal((await message(peer)).type, 'ECHO_REQUEST')
    await closeBoth(connection, peer)
    const { connection: alone, raw } = await rawPair(HELLO13, { ...ONLY13, echoIntervalMs: 15 })
    raw.resume()
    const [reason] = (await once(alone, 'close')) as [Error]
    assert.ok(reason instanceof EchoTimeoutError)
  })

  it('tells the peer of a message that it cannot decode, and goes on', async () => {
    const { connection, raw } = await rawPair(HELLO13, ONLY13)
    const tap = new Tap(raw)
    assert.equal((await tap.next()).type, 'HELLO')
    const bad = encodeMessage({ type: 'SET_CONFIG', flags: 'normal', miss_send_len: 1 }, OF13, 77)
    raw.write(Buffer.concat([withLength(bad.subarray(0, 10)), encodeMessage({ type: 'BARRIER_REPLY' }, OF13, 5)]))
    const [error] = (await once(connection, 'decode_error')) as [DecodeError]
    assert.ok(error instanceof DecodeError)
    const answer = await tap.next()
    assert.ok(answer.type === 'ERROR')
    assert.equal(answer.error, 'OFPBRC_BAD_LEN')
    assert.equal(answer.xid, 77)
    assert.equal(connection.received.BARRIER_REPLY, 1)
    assert.equal(connection.closed, false)
    await connection.close()
  })

  it('rejects the request whose reply it cannot decode', async () => {
    const { connection, raw } = await rawPair(HELLO13, ONLY13)
    raw.resume()
    const asked = connection.request({ type: 'GET_CONFIG_REQUEST', xid: 40 })
    const reply = encodeMessage({ type: 'GET_CONFIG_REPLY', flags: 'normal', miss_send_len: 1 }, OF13, 40)
    raw.write(withLength(reply.subarray(0, 11)))
    await assert.rejects(asked, DecodeError)
    await connection.close()
  })

  it('ends when it cannot find the next message', async () => {
    const { connection, raw } = await rawPair(HELLO13, ONLY13)
    raw.resume()
    const asked = connection.barrier()
    raw.write(Buffer.from('0400000100000000', 'hex'))
    await assert.rejects(asked, ConnectionClosedError)
    assert.equal(connection.closed, true)
  })

  it('refuses messages of another version than the one agreed on', async () => {
    const { connection, raw } = await rawPair(HELLO13, ONLY13)
    const tap = new Tap(raw)
    assert.equal((await tap.next()).type, 'HELLO')
    raw.write(encodeMessage({ type: 'BARRIER_REQUEST' }, 6, 3))
    const answer = await tap.next()
    assert.ok(answer.type === 'ERROR')
    assert.equal(answer.error, 'OFPBRC_BAD_VERSION')
    await connection.close()
  })

  it('close rejects what waits, and leaves the peer an orderly end', async () => {
    const { connection, peer } = await connectionPair(ONLY13)
    const waiting = connection.barrier()
    const ended = once(peer, 'close')
    const [, reason] = await Promise.all([
      assert.rejects(waiting, ConnectionClosedError),
      ended.then(([why]: unknown[]) => why),
      connection.close(),
    ])
    assert.equal(reason, undefined)
    assert.throws(() => connection.send({ type: 'BARRIER_REQUEST' }), ConnectionClosedError)
    await assert.rejects(connection.request({ type: 'BARRIER_REQUEST' }), ConnectionClosedError)
    await connection.close()
  })

  it('a signal ends it', async () => {
    const abort = new AbortController()
    const { connection, peer } = await connectionPair({ ...ONLY13, signal: abort.signal }, ONLY13)
    const closed = once(connection, 'close')
    abort.abort()
    await closed
    await peer.close()
  })

  it('send refuses when the peer does not read, drain waits until it does', async () => {
    const { connection, raw } = await rawPair(HELLO13, { ...ONLY13, maxQueueBytes: 1_000_000 })
    const large: Message = { type: 'ECHO_REQUEST', data: Buffer.alloc(60_000) }
    let sent = 0
    assert.throws(() => {
      for (; sent < 1000; sent++) connection.send(large)
    }, QueueFullError)
    assert.ok(sent > 10 && sent < 25)
    assert.ok(connection.queuedBytes < 1_200_000)
    let drained = false
    const drain = connection.drain().then(() => (drained = true))
    await new Promise(setImmediate)
    assert.equal(drained, false)
    raw.resume()
    await drain
    connection.send(large)
    await connection.close()
  })

  it('paused, takes nothing from a peer that sends on, and all of it afterwards', async () => {
    const { connection, raw } = await rawPair(HELLO13, ONLY13)
    const large = encodeMessage({ type: 'ECHO_REPLY', data: Buffer.alloc(60_000) }, OF13, 1)
    connection.pause()
    const before = connection.received.ECHO_REPLY ?? 0
    let taken = true
    let sent = 0
    for (; taken && sent < 10_000; sent++) taken = raw.write(large)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(connection.received.ECHO_REPLY ?? 0, before)
    const last = new Promise<void>((resolve) => {
      connection.on('message', () => {
        if (connection.received.ECHO_REPLY === sent) resolve()
      })
    })
    connection.resume()
    await last
    raw.resume()
    await connection.close()
  })

  it('a peer that asks and never reads loses the connection', async () => {
    const { connection, raw } = await rawPair(HELLO13, { ...ONLY13, maxQueueBytes: 100_000 })
    const closed = once(connection, 'close')
    const ask = encodeMessage({ type: 'ECHO_REQUEST', data: Buffer.alloc(30_000) }, OF13, 1)
    raw.on('error', () => undefined)
    for (let i = 0; i < 20 && !raw.destroyed; i++) raw.write(ask)
    const [reason] = (await closed) as [Error]
    assert.ok(reason instanceof QueueFullError)
  })
})

function withLength(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt16BE(copy.length, 2)
  return copy
}
