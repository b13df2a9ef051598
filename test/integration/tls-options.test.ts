import assert from 'node:assert/strict'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'
import { runOvsdb } from '../../tools/heddle/ovsdb/run.js'
import { runVsctl } from '../../tools/heddle/vsctl/run.js'
import { Authority } from '../support/certificates.js'
import { type DummyOvs, runProgram, startDummyOvs } from '../support/dummy-ovs.js'
import { freePort } from '../support/free-port.js'
import { TestServer } from './ovsdb-support.js'

interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Without times, places in a file, and the program's own name. */
const plain = (text: string): string => text.replaceAll(/^\S+Z\|/gm, '').replaceAll(/^(?:ovs\S+|heddle \w+|heddle-ofctl): /gm, '')

async function real(program: string, args: readonly string[]): Promise<Said> {
  const { code, stdout, stderr } = await runProgram(program, [...args])
  return { code, stdout, stderr: plain(stderr) }
}

type Program = (argv: readonly string[], io: Parameters<typeof runOvsdb>[1] & Parameters<typeof runOfctl>[1]) => Promise<number>

async function ours(program: Program, args: readonly string[]): Promise<Said> {
  let [stdout, stderr] = ['', '']
  const code = await program(args, {
    env: process.env,
    isTerminal: false,
    out: (text: string) => (stdout += text),
    err: (text: string) => (stderr += text),
    stdin: () => Promise.resolve(''),
  } as never)
  return { code, stdout, stderr: plain(stderr) }
}

describe('options of TLS, beside the programs of Open vSwitch', function () {
  this.timeout(60_000)
  let dir: string
  /** Any version, TLSv1.2 alone, and of that a single cipher. */
  const servers: TestServer[] = []
  const ports: number[] = []
  let files: { readonly key: string; readonly cert: string; readonly ca: string }
  let mine: readonly string[]
  /** What has a certificate in it, but no key; and the other way round. */
  let other: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), `heddle-tls-options-${process.pid}-`))
    const authority = await Authority.create(dir)
    const { key, cert, ca } = await authority.issue('server')
    files = await authority.issue('client')
    other = cert
    mine = ['-p', files.key, '-c', files.cert, '-C', files.ca]
    const restrictions = [[], ['--ssl-protocols=TLSv1.2'], ['--ssl-protocols=TLSv1.2', '--ssl-ciphers=ECDHE-ECDSA-AES256-GCM-SHA384']]
    for (const restriction of restrictions) {
      const port = await freePort()
      const own = [`--private-key=${key}`, `--certificate=${cert}`, `--ca-cert=${ca}`, `--remote=pssl:${port}:127.0.0.1`]
      servers.push(await TestServer.start({ args: [...own, ...restriction] }))
      ports.push(port)
    }
  })

  after(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await rm(dir, { recursive: true, force: true })
  })

  /** Options, and the number of the server. */
  const cases = (): readonly (readonly [readonly string[], number])[] => [
    [mine, 0],
    [[...mine, '--ssl-protocols=TLSv9'], 0],
    [[...mine, '--ssl-protocols='], 0],
    [[...mine, '--ssl-protocols=TLSv1.2 foo'], 0],
    [[...mine, '--ssl-protocols=TLSv1.1'], 1],
    [[...mine, '--ssl-protocols=tlsv1.1,TLSv1.2'], 1],
    [[...mine, '--ssl-protocols=TLSv1.1', '--ssl-protocols=TLSv1.2'], 1],
    [[...mine, '--ssl-protocols=TLSv1,TLSv1.1,TLSv1.2'], 0],
    [[...mine, '--ssl-ciphers=nonsense'], 0],
    [[...mine, '--ssl-ciphers=nonsense', '--ssl-ciphers=HIGH'], 0],
    [[...mine, '--ssl-ciphers=AES128-SHA'], 1],
    [[...mine, '--ssl-ciphers=ECDHE-ECDSA-AES128-GCM-SHA256'], 2],
    [[...mine, '--ssl-ciphers=ECDHE-ECDSA-AES256-GCM-SHA384'], 2],
    [[...mine, '--ssl-ciphers=ECDHE-ECDSA-AES128-GCM-SHA256'], 0],
    [[...mine, '-C', 'none'], 0],
    [[...mine, '-C', `${dir}/missing`], 0],
    [[...mine, '-C', files.key], 0],
    [[...mine, '-p', `${dir}/missing`].slice(2), 0],
    [['-p', files.cert, '-c', files.cert, '-C', files.ca], 0],
    [['-p', files.key, '-c', files.key, '-C', files.ca], 0],
    [['-p', files.key, '-c', other, '-C', files.ca], 0],
    [['-p', files.key, '-c', files.cert], 0],
    [['-p', files.key], 0],
    [[], 0],
  ]

  it('heddle ovsdb', async () => {
    for (const [options, server] of cases()) {
      const args = [...options, 'list-dbs', `ssl:127.0.0.1:${ports[server] ?? 0}`]
      assert.deepEqual(await ours(runOvsdb, args), await real('ovsdb-client', args), args.join(' '))
    }
  })

  it('heddle vsctl', async () => {
    for (const [options, server] of cases()) {
      const args = ['--no-wait', ...options, `--db=ssl:127.0.0.1:${ports[server] ?? 0}`, 'get-manager']
      assert.deepEqual(await ours(runVsctl, args), await real('ovs-vsctl', ['--no-syslog', ...args]), args.join(' '))
    }
  })

  it('take the authority from the server, once', async () => {
    const target = `ssl:127.0.0.1:${ports[0] ?? 0}`
    const path = join(dir, 'bootstrapped.pem')
    const args = ['-p', files.key, '-c', files.cert, `--bootstrap-ca-cert=${path}`, 'list-dbs', target]
    const first = await real('ovsdb-client', args)
    const written = await readFile(path, 'utf8')
    await rm(path)
    assert.deepEqual(await ours(runOvsdb, args), first)
    assert.equal(await readFile(path, 'utf8'), written)
    assert.deepEqual(await ours(runOvsdb, args), await real('ovsdb-client', args))
    await rm(path)
    const nowhere = args.map((arg) => arg.replace(path, `${dir}/no/folder`))
    assert.deepEqual(await ours(runOvsdb, nowhere), await real('ovsdb-client', nowhere))
    const vsctl = ['--no-wait', ...args.slice(0, -2), `--db=${target}`, 'get-manager']
    assert.deepEqual(await ours(runVsctl, vsctl), { code: 1, stdout: '', stderr: `${target}: database connection failed (Protocol error)\n` })
    await rm(path)
    assert.deepEqual(await ours(runVsctl, ['--retry', ...vsctl]), { code: 0, stdout: '', stderr: '' })
    await access(path)
  })

  it('show the authority to a server that has none yet', async () => {
    await mkdir(join(dir, 'theirs'))
    const theirs = await (await Authority.create(join(dir, 'theirs'), 'their authority')).issue('server')
    const port = await freePort()
    const kept = join(dir, 'kept.pem')
    // A server asks for it where it is the one that connects.
    const own = ['-p', theirs.key, '-c', theirs.cert, `--bootstrap-ca-cert=${kept}`, `--remote=ssl:127.0.0.1:${port}`]
    const server = await TestServer.start({ args: own })
    try {
      const args = ['--no-wait', '-p', files.key, '-c', files.cert, '-C', theirs.ca, `--db=pssl:${port}:127.0.0.1`, 'get-manager']
      assert.equal((await ours(runVsctl, args)).code, 1)
      await assert.rejects(access(kept))
      await ours(runVsctl, ['--peer-ca-cert', files.ca, ...args])
      assert.equal(await readFile(kept, 'utf8'), await readFile(files.ca, 'utf8'))
      assert.deepEqual(await ours(runVsctl, args), { code: 0, stdout: '', stderr: '' })
    } finally {
      await server.stop()
    }
  })

  describe('heddle-ofctl', () => {
    let ovs: DummyOvs

    before(async () => {
      ovs = await startDummyOvs()
    })
    after(async () => {
      await ovs.stop()
    })

    it('with a switch that listens', async () => {
      const port = await freePort()
      await ovs.vsctl('set-ssl', files.key, files.cert, files.ca)
      await ovs.vsctl('--', 'add-br', 'tls0', '--', 'set', 'bridge', 'tls0', 'datapath_type=dummy', '--', 'set-controller', 'tls0', `pssl:${port}:127.0.0.1`)
      const options = [[], ['--ssl-protocols=TLSv9'], ['--ssl-protocols=TLSv1.2'], ['--ssl-ciphers=nonsense'], ['-C', 'none'], ['-C', '/missing']]
      for (const more of options) {
        const args = [...mine, ...more, 'get-frags', `ssl:127.0.0.1:${port}`]
        assert.deepEqual(await ours(runOfctl, args), await real('ovs-ofctl', args), args.join(' '))
      }
      await writeFile(join(dir, 'empty'), '')
      const args = ['-p', join(dir, 'empty'), 'show', `ssl:127.0.0.1:${port}`]
      assert.deepEqual(await ours(runOfctl, args), await real('ovs-ofctl', args))
    })
  })
})
