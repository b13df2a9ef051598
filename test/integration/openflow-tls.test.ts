import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection, ConnectionClosedError, Listener, TargetError, type TlsOptions } from 'openflow-ts'
import { type DummyOvs, runProgram, startDummyOvs } from '../support/dummy-ovs.js'

async function openssl(...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram('openssl', args)
  assert.equal(code, 0, stderr)
}

/** Files of a certificate authority, and of keys that it signed. */
class Authority {
  readonly #dir: string
  readonly #name: string

  constructor(dir: string, name: string) {
    this.#dir = dir
    this.#name = name
  }

  file(name: string): string {
    return join(this.#dir, `${this.#name}-${name}`)
  }

  async create(): Promise<void> {
    const [key, cert] = [this.file('ca.key'), this.file('ca.pem')]
    const subject = ['-subj', `/CN=${this.#name}`, '-days', '2']
    await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject)
  }

  async sign(who: string): Promise<TlsOptions> {
    const [key, request, cert] = [this.file(`${who}.key`), this.file(`${who}.csr`), this.file(`${who}.pem`)]
    await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', `/CN=${who}`)
    const by = ['-CA', this.file('ca.pem'), '-CAkey', this.file('ca.key'), '-CAcreateserial', '-days', '2']
    await openssl('x509', '-req', '-in', request, '-out', cert, ...by)
    return { key: await readFile(key), cert: await readFile(cert), ca: await readFile(this.file('ca.pem')) }
  }
}

describe('openflow-ts over TLS, with a real switch', () => {
  let ovs: DummyOvs
  let dir: string
  let ours: TlsOptions
  let strangers: TlsOptions

  before(async function () {
    this.timeout(60_000)
    dir = await mkdtemp(join(tmpdir(), `heddle-tls-${process.pid}-`))
    const authority = new Authority(dir, 'ours')
    const other = new Authority(dir, 'other')
    await authority.create()
    await other.create()
    ours = await authority.sign('controller')
    await authority.sign('switch')
    strangers = { ...(await other.sign('stranger')), ca: ours.ca }
    ovs = await startDummyOvs()
    await ovs.vsctl('set-ssl', authority.file('switch.key'), authority.file('switch.pem'), authority.file('ca.pem'))
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=dummy', 'fail_mode=secure')
  })

  after(async () => {
    await ovs.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('takes a switch that connects, when its certificate is in order', async () => {
    const listener = await Listener.listen('pssl:0:127.0.0.1', { tls: ours })
    try {
      const arrival = once(listener, 'connection') as Promise<[Connection]>
      await ovs.vsctl('--no-wait', 'set-controller', 'br0', listener.address)
      const [connection] = await arrival
      const { n_tables } = await connection.features()
      assert.equal(n_tables, 254)
      await connection.close()
    } finally {
      await ovs.vsctl('del-controller', 'br0')
      await listener.close()
    }
  })

  it('connects to a switch that listens, with a certificate that it trusts alone', async () => {
    const listener = await Listener.listen('ptcp:0:127.0.0.1')
    const { port } = listener
    await listener.close()
    await ovs.vsctl('set-controller', 'br0', `pssl:${port ?? 0}:127.0.0.1`)
    const target = `ssl:127.0.0.1:${port ?? 0}`
    try {
      const connection = await Connection.connect(target, { tls: ours })
      await connection.barrier()
      await connection.close()
      await assert.rejects(Connection.connect(target, { tls: strangers }), ConnectionClosedError)
      await assert.rejects(Connection.connect(target), TargetError)
    } finally {
      await ovs.vsctl('del-controller', 'br0')
    }
  })

  it('refuses a peer with a certificate of a stranger, or without any', async () => {
    const listener = await Listener.listen('pssl:0:127.0.0.1', { tls: ours })
    try {
      for (const tls of [strangers, { ca: ours.ca, key: '', cert: '' }]) {
        const refused = once(listener, 'rejected')
        await assert.rejects(Connection.connect(listener.address, { tls }), ConnectionClosedError)
        await refused
      }
      await assert.rejects(Connection.connect(listener.address.replace('ssl', 'tcp'), { handshakeTimeoutMs: 300 }))
    } finally {
      await listener.close()
    }
  })
})
