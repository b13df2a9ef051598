import assert from 'node:assert/strict'
import {
  BundleError,
  ConnectionClosedError,
  encodeMessage,
  match,
  type Message,
  type MessageOf,
  OF13,
  OF14,
  PeerError,
} from 'openflow-ts'
import { actAsSwitch, connectionPair, rawPair } from './pair.js'

const flow = (priority: number): Message => ({
  type: 'FLOW_MOD',
  command: 'add',
  table_id: 0,
  priority,
  match: match({}),
  actions: [],
})

const OPTIONS = { versions: [OF14], echoIntervalMs: 0 } as const

function record(peer: { on(event: 'message', listener: (message: Message) => void): unknown }): string[] {
  const seen: string[] = []
  peer.on('message', (message) => {
    if (message.type === 'BUNDLE_CONTROL') seen.push(String(message.control))
    if (message.type !== 'BUNDLE_ADD_MESSAGE') return
    seen.push(`add ${(message.message as MessageOf<'FLOW_MOD'>).priority}`)
  })
  return seen
}

describe('openflow-ts bundles', () => {
  it('open, add in order, close, commit', async () => {
    for (const versions of [[OF13], [OF14]] as const) {
      const { connection, peer } = await connectionPair({ ...OPTIONS, versions })
      const seen = record(peer)
      actAsSwitch(peer)
      await connection.bundle([flow(1), flow(2)])
      assert.deepEqual(seen, ['open_request', 'add 1', 'add 2', 'close_request', 'commit_request'])
      assert.equal(connection.sent.FLOW_MOD, 2)
      assert.equal(connection.sent.BUNDLE_ADD_MESSAGE, 2)
      await Promise.all([connection.close(), peer.close()])
    }
  })

  it('lists what failed and discards, without a commit', async () => {
    const { connection, peer } = await connectionPair(OPTIONS)
    const seen = record(peer)
    actAsSwitch(peer, (message) =>
      message.type === 'FLOW_MOD' && message.priority % 2 === 0 ? 'OFPFMFC_TABLE_FULL' : undefined,
    )
    await assert.rejects(connection.bundle([flow(1), flow(2), flow(3), flow(4)]), (error) => {
      assert.ok(error instanceof BundleError)
      assert.deepEqual(error.failures.map(({ index }) => index), [1, 3])
      const [first] = error.failures
      assert.ok(first?.error instanceof PeerError)
      assert.equal(first.error.error, 'OFPFMFC_TABLE_FULL')
      return true
    })
    assert.equal(seen.at(-1), 'discard_request')
    assert.ok(!seen.includes('commit_request'))
    await connection.bundle([flow(1)])
    assert.equal(seen.at(-1), 'commit_request')
    await Promise.all([connection.close(), peer.close()])
  })

  it('discards when a message cannot be encoded or bundled', async () => {
    const { connection, peer } = await connectionPair(OPTIONS)
    const seen = record(peer)
    actAsSwitch(peer)
    const bad: Message[] = [flow(70_000), { type: 'METER_MOD', command: 'delete', meter_id: 1 }]
    for (const message of bad) {
      await assert.rejects(connection.bundle([flow(1), message, flow(2)]), (error) => {
        assert.ok(error instanceof BundleError)
        assert.deepEqual(error.failures.map(({ index }) => index), [1])
        return true
      })
      assert.deepEqual(seen.splice(0), ['open_request', 'add 1', 'discard_request'])
    }
    await Promise.all([connection.close(), peer.close()])
  })

  it('discards when whoever makes the messages gives up', async () => {
    const { connection, peer } = await connectionPair(OPTIONS)
    const seen = record(peer)
    actAsSwitch(peer)
    const stop = new Error('line 2 is wrong')
    function* mods(): Generator<Message> {
      yield flow(1)
      throw stop
    }
    await assert.rejects(connection.bundle(mods()), stop)
    assert.deepEqual(seen, ['open_request', 'add 1', 'discard_request'])
    await Promise.all([connection.close(), peer.close()])
  })

  it('rejects when the connection ends', async () => {
    const { connection, peer } = await connectionPair(OPTIONS)
    peer.once('message', () => void peer.close())
    await assert.rejects(connection.bundle([flow(1)]), ConnectionClosedError)
  })

  it('goes no faster than the peer reads', async () => {
    const hello = encodeMessage({ type: 'HELLO', bitmaps: [1 << OF14] }, OF14, 1)
    const { connection, raw } = await rawPair(hello, OPTIONS)
    const count = 40_000
    const bundle = connection.bundle(Array.from({ length: count }, (_, i) => flow(i % 1000)))
    bundle.catch(() => undefined)
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    const waiting = connection.queuedBytes
    assert.ok(waiting < 600_000, `${waiting} bytes wait`)
    assert.ok((connection.sent.BUNDLE_ADD_MESSAGE ?? 0) < count / 2)
    let highest = 0
    raw.on('data', () => (highest = Math.max(highest, connection.queuedBytes)))
    while ((connection.sent.BUNDLE_ADD_MESSAGE ?? 0) < count) await new Promise(setImmediate)
    assert.ok(highest < 600_000, `${highest} bytes wait`)
    await connection.close()
    await assert.rejects(bundle, ConnectionClosedError)
  })
})
