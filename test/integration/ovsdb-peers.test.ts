import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Listener, operations, Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { freePort } from '../support/free-port.js'
import { TestServer } from './ovsdb-support.js'

const { insert, select } = operations(OpenVSwitch)

describe('ovsdb-client and peers that are slow or silent', () => {
  it('serves others while one does not read, one says half a message, and one is held', async () => {
    const listener = await Listener.listen('ptcp:0:127.0.0.1', { probeIntervalMs: 0 })
    const next = async (): Promise<Session> => (await (once(listener, 'session') as Promise<[Session]>))[0]
    const servers: TestServer[] = []
    const sockets: net.Socket[] = []
    try {
      const arrivals: Session[] = []
      for (let i = 0; i < 2; i++) {
        const arriving = next()
        servers.push(await TestServer.start({ args: [`--remote=tcp:127.0.0.1:${listener.port ?? 0}`] }))
        arrivals.push(await arriving)
      }
      const [good, held] = arrivals
      assert.ok(good && held)
      for (const text of ['', '{"method":"echo","params":["']) {
        const arriving = next()
        const socket = net.connect(listener.port ?? 0, '127.0.0.1').on('error', () => undefined).pause()
        sockets.push(socket)
        socket.write(text)
        const silent = await arriving
        // As much as no kernel takes for somebody who does not read.
        silent.echo(['x'.repeat(8 << 20)]).catch(() => undefined)
      }
      servers[1]?.signal('SIGSTOP')
      const unanswered = held.listDbs().catch((error: unknown) => error)
      for (let i = 0; i < 50; i++) {
        await good.transact(OpenVSwitch, [insert('SSL', { private_key: `${i}`, certificate: 'c', ca_cert: 'a' })])
      }
      assert.equal(await Promise.race([unanswered, sleep(10, 'nothing')]), 'nothing')
      servers[1]?.signal('SIGCONT')
      assert.deepEqual([...((await unanswered) as readonly string[])].sort(), ['Open_vSwitch', '_Server'])
    } finally {
      for (const socket of sockets) socket.destroy()
      servers[1]?.signal('SIGCONT')
      await listener.close()
      await Promise.all(servers.map((server) => server.stop()))
    }
  }).timeout(60_000)

  it('answers the probes of a server, which drops who does not', async () => {
    const port = await freePort()
    const server = await TestServer.start({ args: ['--remote=db:Open_vSwitch,Open_vSwitch,manager_options'] })
    try {
      await server.vsctl('--', 'set-manager', `ptcp:${port}:127.0.0.1`, '--', 'set', 'manager', '.', 'inactivity_probe=1000')
      const session = await connectWhenThere(`tcp:127.0.0.1:${port}`)
      const mute = net.connect(port, '127.0.0.1').on('error', () => undefined).resume()
      await once(mute, 'close')
      assert.equal(session.closeReason, undefined)
      assert.ok((await session.listDbs()).includes('Open_vSwitch'))
      await session.close()
    } finally {
      await server.stop()
    }
  }).timeout(60_000)

  it('goes on to the next remote when one takes connections and says nothing', async () => {
    const mute = net.createServer(() => undefined).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const { port } = mute.address() as net.AddressInfo
    const server = await TestServer.start()
    const remotes = [`tcp:127.0.0.1:${port}`, server.target]
    const client = new Client({ remotes, database: 'Open_vSwitch', shuffle: false, probeIntervalMs: 100, backoff: { minDelayMs: 10 } })
    try {
      const [{ rows }] = await client.transact([select('Open_vSwitch', [], ['next_cfg'])])
      assert.equal(rows.length, 1)
    } finally {
      await client.close()
      mute.close()
      await server.stop()
    }
  })

  it('ends a monitor at the server, too', async () => {
    const server = await TestServer.start()
    const session = await Session.connect(server.target)
    try {
      const seen: string[] = []
      const monitor = await session.monitorCond(OpenVSwitch, { SSL: {} }, ({ kind }) => seen.push(kind))
      await session.monitorCancel(monitor)
      await session.transact(OpenVSwitch, [insert('SSL', { private_key: 'k', certificate: 'c', ca_cert: 'a' })])
      assert.deepEqual(seen, ['initial'])
      await assert.rejects(session.monitorCancel(monitor), { code: 'OVSDB_RPC', message: /unknown monitor/ })
    } finally {
      await session.close()
      await server.stop()
    }
  })
})

async function connectWhenThere(target: string): Promise<Session> {
  for (;;) {
    try {
      return await Session.connect(target, { probeIntervalMs: 0 })
    } catch {
      await sleep(20)
    }
  }
}
