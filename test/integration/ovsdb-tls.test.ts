import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { X509Certificate } from 'node:crypto'
import net from 'node:net'
import { TLSSocket } from 'node:tls'
import { Listener, Session, type TlsOptions } from 'ovsdb-client'
import { connectSocket } from '../../src/ovsdb-client/src/rpc/connect.js'
import { Authority } from '../support/certificates.js'
import { freePort } from '../support/free-port.js'
import { TestServer } from './ovsdb-support.js'

describe('ovsdb-client over TLS with ovsdb-server', () => {
  let dir: string
  let server: TestServer
  let port: number
  let mine: TlsOptions
  let stranger: TlsOptions

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), `ovsdb-tls-${process.pid}-`))
    const authority = await Authority.create(dir)
    const { key, cert, ca } = await authority.issue('server')
    mine = await authority.options('client')
    await mkdir(join(dir, 'other'))
    stranger = { ...(await (await Authority.create(join(dir, 'other'))).options('stranger')), ca: mine.ca }
    port = await freePort()
    const args = [`--private-key=${key}`, `--certificate=${cert}`, `--ca-cert=${ca}`, `--remote=pssl:${port}:127.0.0.1`]
    server = await TestServer.start({ args })
  })

  after(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('speaks when both sides prove who they are', async () => {
    const session = await Session.connect(`ssl:127.0.0.1:${port}`, { tls: mine })
    assert.deepEqual([...(await session.listDbs())].sort(), ['Open_vSwitch', '_Server'])
    await session.close()
  })

  it('does not speak with a server that its authority has not signed', async () => {
    const distrusting = { ...mine, ca: await Authority.create(join(dir, 'other')).then((other) => other.options('x')).then(({ ca }) => ca) }
    await assert.rejects(Session.connect(`ssl:127.0.0.1:${port}`, { tls: distrusting }), { code: 'OVSDB_CONNECT' })
  })

  it('is refused with a certificate of another authority', async () => {
    // With TLS 1.3 a server can say so only after the client takes itself for connected.
    const attempt = Session.connect(`ssl:127.0.0.1:${port}`, { tls: stranger }).then((session) => session.listDbs())
    await assert.rejects(attempt, { code: /^OVSDB_(CONNECT|CLOSED)$/ })
  })

  it('looks at names when asked to', async () => {
    const tls = { ...mine, checkHost: true }
    await assert.rejects(Session.connect(`ssl:127.0.0.1:${port}`, { tls }), { code: 'OVSDB_CONNECT' })
  })

  it('needs keys for it', async () => {
    await assert.rejects(Session.connect(`ssl:127.0.0.1:${port}`), { code: 'OVSDB_TARGET' })
    await assert.rejects(Listener.listen('pssl:0:127.0.0.1'), { code: 'OVSDB_TARGET' })
    for (const bad of [{ key: 'no key' }, { cert: 'none' }, { ciphers: 'none' }]) {
      await assert.rejects(Session.connect(`ssl:127.0.0.1:${port}`, { tls: { ...mine, ...bad } }), { code: 'OVSDB_CONNECT' })
      await assert.rejects(Listener.listen('pssl:0:127.0.0.1', { tls: { ...mine, ...bad } }), { code: 'OVSDB_CONNECT' })
    }
  })

  it('agrees on the versions and ciphers that it is told, and lets itself judge the peer', async () => {
    const versionWith = async (tls: Partial<TlsOptions>): Promise<string | null> => {
      const listener = await Listener.listen('pssl:0:127.0.0.1', { tls: mine })
      try {
        const socket = await connectSocket(`ssl:127.0.0.1:${listener.port ?? 0}`, { tls: { ...mine, ...tls } })
        const version = socket instanceof TLSSocket ? `${socket.getProtocol() ?? ''} ${socket.getCipher().name}` : null
        socket.destroy()
        return version
      } finally {
        await listener.close()
      }
    }
    assert.equal(await versionWith({}), 'TLSv1.3 TLS_AES_256_GCM_SHA384')
    const ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256'
    assert.equal(await versionWith({ protocols: ['TLSv1.2'], ciphers }), `TLSv1.2 ${ciphers}`)
    const names: string[] = []
    const checkPeer = (chain: readonly X509Certificate[]): void => {
      names.push(...chain.map(({ subject }) => subject))
    }
    await versionWith({ ca: stranger.cert, checkPeer })
    assert.deepEqual(names, ['CN=client', 'CN=test authority'])
    const refuse = (): void => {
      throw new Error('not this one')
    }
    await assert.rejects(versionWith({ checkPeer: refuse }), { code: 'OVSDB_CONNECT', message: /not this one/ })
  })

  it('takes servers that arrive, and nobody who proves nothing', async () => {
    const listener = await Listener.listen('pssl:0:127.0.0.1', { tls: mine, handshakeTimeoutMs: 200 })
    try {
      const silent = net.connect(listener.port ?? 0, '127.0.0.1')
      silent.on('error', () => undefined).resume()
      const gone = once(silent, 'close')
      const arrived = once(listener, 'session') as Promise<[Session]>
      await server.vsctl('set-manager', `ssl:127.0.0.1:${listener.port ?? 0}`)
      // The server dials what its database names only when told to.
      await server.appctl('ovsdb-server/add-remote', `ssl:127.0.0.1:${listener.port ?? 0}`)
      const [session] = await arrived
      assert.ok((await session.listDbs()).includes('Open_vSwitch'))
      await gone
      assert.equal(listener.sessions.size, 1)
      await assert.rejects(
        Session.connect(`ssl:127.0.0.1:${listener.port ?? 0}`, { tls: stranger }).then((bad) => bad.listDbs()),
        { code: /^OVSDB_(CONNECT|CLOSED)$/ },
      )
      await sleep(10)
      assert.equal(listener.sessions.size, 1)
    } finally {
      await listener.close()
    }
  })
})
