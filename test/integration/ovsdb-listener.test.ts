import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Listener, operations, Replica, Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { TestServer } from './ovsdb-support.js'

const ops = operations(OpenVSwitch)

async function nextSession(listener: Listener): Promise<Session> {
  const [session] = (await once(listener, 'session')) as [Session]
  return session
}

describe('ovsdb-client listener', () => {
  let listener: Listener

  beforeEach(async () => {
    listener = await Listener.listen('ptcp:0:127.0.0.1')
  })
  afterEach(() => listener.close())

  it('serves a server that connects because of --remote=tcp:, replica and all', async () => {
    const arriving = nextSession(listener)
    const server = await TestServer.start({ args: [`--remote=tcp:127.0.0.1:${listener.port}`] })
    try {
      const session = await arriving
      assert.equal(session.localAddress?.port, listener.port)
      assert.equal(session.remoteAddress?.address, '127.0.0.1')
      const replica = await Replica.open(session, OpenVSwitch, { tables: { Bridge: ['name'] } })
      const found = replica.until(() => replica.find('Bridge', 'name', 'br0'))
      await server.vsctl('add-br', 'br0')
      await found
      const [updated] = await session.transact(OpenVSwitch, [ops.update('Bridge', [], { datapath_type: 'netdev' })])
      assert.equal(updated.count, 1)
      assert.equal((await server.vsctl('get', 'Bridge', 'br0', 'datapath_type')).trim(), 'netdev')
      await session.close()
    } finally {
      await server.stop()
    }
  })

  it('serves a server told by ovs-vsctl set-manager, which comes again after a cut', async () => {
    const server = await TestServer.start({ args: ['--remote=db:Open_vSwitch,Open_vSwitch,manager_options'] })
    try {
      const first = nextSession(listener)
      await server.vsctl('set-manager', `tcp:127.0.0.1:${listener.port}`)
      const session = await first
      assert.deepEqual([...(await session.listDbs())].sort(), ['Open_vSwitch', '_Server'])
      assert.equal(listener.sessions.size, 1)
      const second = nextSession(listener)
      await session.close()
      const again = await second
      assert.ok((await again.listDbs()).includes('Open_vSwitch'))
      await server.kill()
      assert.equal((await again.closed).code, 'OVSDB_CLOSED')
    } finally {
      await server.stop()
    }
  })

  it('lets a garbage peer hurt its own session alone', async () => {
    const arriving = nextSession(listener)
    const server = await TestServer.start({ args: [`--remote=tcp:127.0.0.1:${listener.port}`] })
    try {
      const good = await arriving
      for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '{"a":'.repeat(200), '{"id":3,"result":1}', '{"x":"\ud800']) {
        const arrived = nextSession(listener)
        const socket = net.connect(listener.port ?? 0, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.end(garbage)
        const bad = await arrived
        assert.match((await bad.closed).code, /^OVSDB_(JSON|PROTOCOL|MESSAGE_LIMIT|CLOSED)$/)
        assert.ok((await good.listDbs()).includes('Open_vSwitch'))
        socket.destroy()
      }
    } finally {
      await server.stop()
    }
  })

  it('says that a port or socket is taken, and takes over a stale socket', async () => {
    await assert.rejects(Listener.listen(`ptcp:${listener.port}:127.0.0.1`), {
      code: 'OVSDB_CONNECT',
      message: /EADDRINUSE/,
    })
    const dir = await mkdtemp(join(tmpdir(), `ovsdb-listen-${process.pid}-`))
    const path = join(dir, 's')
    try {
      const first = await Listener.listen(`punix:${path}`)
      await assert.rejects(Listener.listen(`punix:${path}`), { code: 'OVSDB_CONNECT' })
      const arriving = nextSession(first)
      const client = await Session.connect(`unix:${path}`)
      const served = await arriving
      assert.deepEqual(await client.echo([1]), [1])
      await client.close()
      await served.closed
      await first.close()
    } finally {
      await rm(dir, { recursive: true })
    }
    const server = await TestServer.start()
    try {
      // A process that is killed leaves its socket behind.
      await server.kill()
      const taken = await Listener.listen(`punix:${server.socket}`)
      await (await Session.connect(server.target)).close()
      await taken.close()
    } finally {
      await server.stop()
    }
  })

  it('closes connections beyond the limit', async () => {
    const small = await Listener.listen('ptcp:0:127.0.0.1', { maxSessions: 1 })
    const target = `tcp:127.0.0.1:${small.port}`
    const first = await Session.connect(target)
    const second = await Session.connect(target)
    assert.equal((await second.closed).code, 'OVSDB_CLOSED')
    assert.deepEqual(await first.echo(), [])
    await first.close()
    await small.close()
  })

  it('ends its sessions when it closes, unless they are to be kept', async () => {
    const target = `tcp:127.0.0.1:${listener.port}`
    const arriving = nextSession(listener)
    const client = await Session.connect(target)
    await arriving
    await listener.close({ keepSessions: true })
    await assert.rejects(Session.connect(target), { code: 'OVSDB_CONNECT' })
    assert.deepEqual(await client.echo(['kept']), ['kept'])
    await client.close()
  })
})

describe('ovsdb-client connecting', () => {
  it('gives up when aborted, and says why there is no connection', async () => {
    const aborted = AbortSignal.abort(new Error('enough'))
    await assert.rejects(Session.connect('tcp:127.0.0.1:1', { signal: aborted }), {
      code: 'OVSDB_CONNECT',
      message: /aborted/,
    })
    await assert.rejects(Session.connect('tcp:127.0.0.1:1'), { code: 'OVSDB_CONNECT', message: /ECONNREFUSED/ })
    await assert.rejects(Session.connect('unix:/nonexistent/socket'), { code: 'OVSDB_CONNECT', message: /ENOENT/ })
  })
})
