import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Connection,
  ConnectionClosedError,
  Listener,
  parseListenTarget,
  parseTarget,
  TargetError,
} from 'openflow-ts'

describe('openflow-ts targets', () => {
  it('are those of OVS', () => {
    assert.deepEqual(parseTarget('tcp:10.0.0.1:6640'), { host: '10.0.0.1', port: 6640 })
    assert.deepEqual(parseTarget('tcp:[fe80::1%eth0]:1'), { host: 'fe80::1%eth0', port: 1 })
    assert.deepEqual(parseTarget('tcp:host'), { host: 'host', port: 6653 })
    assert.deepEqual(parseTarget('unix:/a/b:c'), { path: '/a/b:c' })
    assert.deepEqual(parseListenTarget('ptcp:'), { port: 6653 })
    assert.deepEqual(parseListenTarget('ptcp:0:127.0.0.1'), { port: 0, host: '127.0.0.1' })
    assert.deepEqual(parseListenTarget('ptcp:1:[::1]'), { port: 1, host: '::1' })
    assert.deepEqual(parseListenTarget('punix:x'), { path: 'x' })
  })

  it('are refused when they cannot be understood', () => {
    for (const bad of ['', 'tcp:', 'tcp::1', 'tcp:h:99999', 'tcp:h:x', 'unix:', 'udp:h:1', 'h:1']) {
      assert.throws(() => parseTarget(bad), TargetError, bad)
    }
    for (const bad of ['ptcp:x', 'ptcp:70000', 'punix:', 'tcp:1']) {
      assert.throws(() => parseListenTarget(bad), TargetError, bad)
    }
  })
})

describe('openflow-ts listener', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), `heddle-of-${process.pid}-`))
  })
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  it('takes connections over tcp and unix sockets', async () => {
    for (const target of ['ptcp:0:127.0.0.1', `punix:${join(dir, 'a.sock')}`]) {
      const listener = await Listener.listen(target, { echoIntervalMs: 0 })
      const [[accepted], connection] = await Promise.all([
        once(listener, 'connection') as Promise<[Connection]>,
        Connection.connect(listener.address, { echoIntervalMs: 0 }),
      ])
      const reply = await connection.request({ type: 'ECHO_REQUEST', data: Buffer.from('hi') })
      assert.equal(reply.type, 'ECHO_REPLY')
      assert.match(accepted.remoteAddress, target.startsWith('ptcp') ? /^127\.0\.0\.1:\d+$/ : /^unix$/)
      await listener.close()
      // A connection that was handed out outlives the listener.
      assert.equal((await accepted.request({ type: 'ECHO_REQUEST' })).type, 'ECHO_REPLY')
      await Promise.all([connection.close(), accepted.close()])
    }
  })

  it('says which peers it rejected, and gives up handshakes when it closes', async () => {
    const listener = await Listener.listen('ptcp:0:127.0.0.1', { handshakeTimeoutMs: 60_000 })
    const noise = connect(listener.port ?? 0, '127.0.0.1')
    noise.on('error', () => undefined)
    noise.write('GET / HTTP/1.1\r\n\r\n')
    const [error] = (await once(listener, 'rejected')) as [Error]
    assert.match(error.message, /OpenFlow|began with/)
    const silent = connect(listener.port ?? 0, '127.0.0.1')
    silent.on('error', () => undefined)
    await once(silent, 'data')
    const rejected = once(listener, 'rejected')
    await listener.close()
    await rejected
    noise.destroy()
    silent.destroy()
  })

  it('replaces a socket file that nobody listens on, and no other', async () => {
    const path = join(dir, 'b.sock')
    const server = createServer().listen(path)
    await once(server, 'listening')
    await assert.rejects(Listener.listen(`punix:${path}`), { code: 'EADDRINUSE' })
    server.close()
    await once(server, 'close')
    const child = await import('node:child_process')
    const die = `() => process.kill(process.pid, 'SIGKILL')`
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, ${die})`
    child.spawnSync(process.execPath, ['-e', script])
    assert.ok(existsSync(path))
    const listener = await Listener.listen(`punix:${path}`)
    await listener.close()
  })

  it('connecting to nothing rejects with the cause', async () => {
    await assert.rejects(Connection.connect(`unix:${join(dir, 'none')}`), (error) => {
      assert.ok(error instanceof ConnectionClosedError)
      assert.equal((error.cause as NodeJS.ErrnoException).code, 'ENOENT')
      return true
    })
  })
})
