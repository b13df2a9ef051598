import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Admission } from '../../../src/intent/admission.js'
import { runCli } from '../../../tools/heddle/cli.js'
import { call, seed, startApi, type TestApi } from '../../support/api.js'

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

const WORLD = `# what a shop needs
kind: Pod
tenant: red
network: web
name: a
host: h1
labels: {app: shop}
---
kind: Network
tenant: red
name: web
cidrs: [10.1.0.0/16]
---
kind: Host
name: h1
tunnelAddress: 192.0.2.1
---
kind: Tenant
name: red
`

describe('heddle (CLI)', () => {
  let api: TestApi
  let server: string
  let directory: string
  beforeEach(async () => {
    api = await startApi()
    server = await api.app.listen({ host: '127.0.0.1', port: 0 })
    directory = await mkdtemp(join(tmpdir(), `heddle-cli-${process.pid}-`))
  })
  afterEach(async () => {
    await api.close()
    await rm(directory, { recursive: true })
  })

  async function heddle(args: readonly string[], stdin = '', env: Record<string, string> = {}): Promise<Ran> {
    let out = ''
    let err = ''
    const code = await runCli(args, {
      env: { HEDDLE_SERVER: server, ...env },
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      stdin: () => Promise.resolve(stdin),
    })
    return { code, out, err }
  }

  async function file(name: string, text: string): Promise<string> {
    const path = join(directory, name)
    await writeFile(path, text)
    return path
  }

  describe('apply', () => {
    it('creates in the order that references ask for, then finds nothing to do', async () => {
      const first = await heddle(['apply', '-f', '-'], WORLD)
      assert.deepEqual(first, {
        code: 0,
        err: '',
        out: 'tenant red created\nhost h1 created\nnetwork red/web created\npod red/web/a created\n',
      })
      const second = await heddle(['apply', '-f', '-'], WORLD.replace('app: shop', 'app: till'))
      assert.equal(second.code, 0)
      assert.match(second.out, /network red\/web unchanged\npod red\/web\/a configured\n$/)
    })

    it('reads directories, several files, JSON, and lists', async () => {
      await file('1.yaml', WORLD)
      await file('2.json', JSON.stringify([{ kind: 'Tenant', name: 'blue' }]))
      await file('notes.txt', 'kind: Nonsense')
      const list = await file('list.yml', 'kind: TenantList\nitems:\n- {kind: Tenant, name: green}\n')
      const extra = await mkdtemp(join(directory, 'x-'))
      const ran = await heddle(['apply', '-f', directory])
      assert.equal(ran.code, 0, ran.err)
      assert.match(ran.out, /tenant green created/)
      assert.match(ran.out, /tenant blue created/)
      assert.equal((await heddle(['apply', '-f', list, '-f', join(directory, '2.json')])).out.split('\n').length, 3)
      const empty = await heddle(['apply', '-f', extra])
      assert.deepEqual([empty.code, empty.out], [1, ''])
      assert.match(empty.err, /has no \.yaml/)
    })

    it('sends nothing when anything is wrong, and says where', async () => {
      const path = await file(
        'bad.yaml',
        [
          'kind: Tenant',
          'name: red',
          '---',
          'kind: Network',
          'tenant: red',
          'name: web',
          'cidrs:',
          '  - 10.1.0.0/16',
          '  - 10.1.4.0/33',
          'mtu: big',
          'colour: blue',
          '---',
          'kind: Widget',
          '---',
          'name: x',
          '---',
          'kind: Tenant',
          'name: red',
          '---',
          'kind: Pod',
          'name: A',
          'host: h1',
          '--- 7',
        ].join('\n'),
      )
      const { code, out, err } = await heddle(['apply', '-f', path])
      assert.deepEqual([code, out], [1, ''])
      assert.equal(api.store.revision, 0)
      for (const [line, part] of [
        [10, 'Network /mtu: must be an integer'],
        [11, 'Network /colour: is not a field of Network'],
        [13, 'kind "Widget" is unknown'],
        [15, 'kind is required'],
        [17, `tenant red is in ${path}:1 already`],
        [20, 'Pod /tenant: is required'],
        [21, 'Pod /name: "A" is not a name'],
        [23, 'a resource must be a map'],
      ] as const) {
        assert.ok(err.includes(`${path}:${line}: ${part}`), `${line}: ${part}\nin\n${err}`)
      }
      assert.match(err, /nothing was sent to the controller\n$/)
      const network = 'kind: Network\ntenant: red\nname: w\ncidrs:\n- 10.1.0.0/16\n- 10.1.4.0/33\n'
      const meaning = await heddle(['apply', '-f', '-'], network)
      assert.match(meaning.err, /^stdin:6: Network \/cidrs\/1: "10\.1\.4\.0\/33" needs a prefix length/)
    })

    it('says what is not YAML, and which files are not there', async () => {
      const broken = await heddle(['apply', '-f', '-'], 'kind: Tenant\nkind: Host\n')
      assert.deepEqual([broken.code, broken.out], [1, ''])
      assert.match(broken.err, /^stdin:2: .*unique/)
      assert.match((await heddle(['apply', '-f', '/nowhere.yaml'])).err, /\/nowhere\.yaml: there is no such file/)
      const bomb = 'a: &a [x,x,x,x,x,x,x,x,x]\n' + 'bcdefghi'.replace(/./g, (c) => {
        const before = String.fromCharCode(c.charCodeAt(0) - 1)
        return `${c}: &${c} [${Array(9).fill(`*${before}`).join(',')}]\n`
      })
      assert.match((await heddle(['apply', '-f', '-'], bomb)).err, /stdin:1: .*alias/i)
      assert.deepEqual(await heddle(['apply', '-f', '-'], '# nothing\n'), { code: 0, out: '', err: '' })
    })

    it('understands anchors', async () => {
      const world = 'kind: Tenant\nname: &n red\ndescription: *n\n'
      assert.equal((await heddle(['apply', '-f', '-'], world)).code, 0)
      assert.equal((await call(api, 'GET /v1/tenants/red')).body['description'], 'red')
    })

    it('goes on with what does not depend on a failure', async () => {
      await seed(api)
      const { code, out, err } = await heddle(
        ['apply', '-f', '-'],
        `
kind: Network
tenant: red
name: overlap
cidrs: [10.1.5.0/24]
---
{kind: Pod, tenant: red, network: overlap, name: x, host: h1}
---
{kind: Pod, tenant: red, network: web, name: y, host: nowhere}
---
{kind: Pod, tenant: red, network: web, name: z, host: h1}
`,
      )
      assert.equal(code, 1)
      assert.equal(out, 'pod red/web/z created\n')
      assert.match(err, /^network red\/overlap failed \(stdin:2\): .*CONFLICT\)\n {2}\/cidrs\/0: 10\.1\.5\.0\/24 over/m)
      assert.match(err, /^pod red\/overlap\/x left out \(stdin:7\): it needs networks\/red\/overlap, which failed$/m)
      assert.match(err, /^pod red\/web\/y failed \(stdin:9\): .*\n {2}\/host: host nowhere does not exist$/m)
      assert.match(err, /3 of 4 failed\n$/)
    })

    it('waits when asked, and fails when what was written is not realized in time', async () => {
      await heddle(['apply', '-f', '-'], WORLD)
      assert.equal(api.status.waits.length, 0)
      assert.equal((await heddle(['apply', '-f', '-', '--wait'], WORLD)).code, 0)
      assert.equal(api.status.waits.length, 4)
      api.status.onWait = () => new Promise(() => undefined)
      const late = await heddle(['apply', '-f', '-', '--wait', '--timeout', '20ms'], WORLD)
      assert.equal(late.code, 1)
      assert.match(late.err, /pod red\/web\/a unchanged, but not realized within 20ms: the host is not connected/)
    })

    it('keeps the order of the files with many at once', async () => {
      const names = Array.from({ length: 100 }, (_, i) => `t${String(i)}`)
      const tenants = JSON.stringify(names.map((name) => ({ kind: 'Tenant', name })))
      const { out } = await heddle(['apply', '-f', '-'], tenants)
      assert.deepEqual(out.trim().split('\n'), names.map((name) => `tenant ${name} created`))
    })
  })

  describe('get', () => {
    beforeEach(async () => {
      await heddle(['apply', '-f', '-'], WORLD)
      api.status.realized.add('pod red/web/a')
    })

    it('shows tables without borders', async () => {
      const { out } = await heddle(['get', 'pods'])
      const [title = '', row = '', ...rest] = out.split('\n')
      assert.match(title, /^TENANT +NETWORK +NAME +HOST +INTERFACE +ADDRESS +MAC +REALIZED$/)
      assert.match(row, /^red +web +a +h1 +hd\w+ +10\.1\.0\.2 +02:48:0a:01:00:02 +yes$/)
      assert.deepEqual(rest, [''])
      assert.equal(row.indexOf('10.1.0.2'), title.indexOf('ADDRESS'))
      const wide = await heddle(['get', 'po', '-o', 'wide'])
      assert.match(wide.out, /app=shop/)
      const hosts = await heddle(['get', 'hosts'])
      assert.match(hosts.out, /^h1 +192\.0\.2\.1 +no +no +1 +0 +-$/m)
    })

    it('knows kinds by all their names, and resources by path or options', async () => {
      for (const kind of ['pod', 'pods', 'po', 'POD']) {
        for (const name of [['red/web/a'], ['a', '-t', 'red', '-n', 'web'], ['web/a', '--tenant', 'red']]) {
          const { code, out, err } = await heddle(['get', kind, ...name, '-o', 'json'])
          assert.equal(code, 0, err)
          assert.equal((JSON.parse(out) as { name: string }).name, 'a')
        }
      }
    })

    it('prints JSON and YAML that apply takes back', async () => {
      for (const output of ['json', 'yaml']) {
        for (const args of [['pods'], ['pod', 'red/web/a'], ['hosts'], ['networks', '-t', 'red'], ['tenants']]) {
          const { out } = await heddle(['get', ...args, '-o', output])
          assert.deepEqual(parse(out), output === 'json' ? JSON.parse(out) : parse(out))
          const applied = await heddle(['apply', '-f', '-'], out)
          assert.equal(applied.code, 0, applied.err)
        }
      }
    })

    it('filters, and follows the pages of long lists', async () => {
      assert.equal((await heddle(['get', 'pods', '--host', 'h2'])).err, 'no pods\n')
      assert.match((await heddle(['get', 'pods', '-l', 'app=shop', '-t', 'red'])).out, / a /)
      const admission = new Admission(api.store)
      const names = Array.from({ length: 1001 }, (_, i) => `t${String(i)}`)
      await Promise.all(names.map((name) => admission.create('Tenant', { name }, {})))
      const { out } = await heddle(['get', 'tenants'])
      assert.equal(out.split('\n').length, 1 + 1002 + 1)
    })

    it('shows nothing that moves the cursor', async () => {
      await call(api, 'PUT /v1/tenants/evil', { description: 'a\u001b[2Jb\nc' })
      assert.match((await heddle(['get', 'tenant', 'evil'])).out, /^evil +0 +0 +a \[2Jb c$/m)
    })
  })

  describe('delete', () => {
    beforeEach(() => heddle(['apply', '-f', '-'], WORLD))

    it('deletes by name, and says why not', async () => {
      const used = await heddle(['delete', 'host', 'h1'])
      assert.deepEqual([used.code, used.out], [1, ''])
      assert.match(used.err, /^host h1 failed: host h1 still has pods .*\(IN_USE\)/)
      assert.equal((await heddle(['delete', 'pod', 'red/web/a'])).out, 'pod red/web/a deleted\n')
      const gone = await heddle(['delete', 'pod', 'red/web/a', '--wait'])
      assert.equal(gone.code, 1)
      assert.match(gone.err, /does not exist \(NOT_FOUND\)/)
    })

    it('deletes what files describe, backwards, and minds nothing that is gone', async () => {
      const { code, out } = await heddle(['delete', '-f', '-'], WORLD)
      assert.equal(code, 0)
      assert.equal(out, 'pod red/web/a deleted\nnetwork red/web deleted\nhost h1 deleted\ntenant red deleted\n')
      assert.match((await heddle(['delete', '-f', '-'], WORLD)).out, /^pod red\/web\/a was not there\n/)
    })
  })

  describe('status and version', () => {
    it('tells how the controller is and what is not realized', async () => {
      await heddle(['apply', '-f', '-'], WORLD)
      const { code, out } = await heddle(['status'])
      assert.equal(code, 0)
      assert.match(out, /^controller +http:\S+ \(0\.0\.0-test\), ready, revision \d+$/m)
      assert.match(out, /^hosts +1: 0 connected, 0 realized$/m)
      assert.match(out, /Pods that are not realized:\nTENANT.*\nred +web +a .*the host is not connected$/m)
      api.status.isReady = false
      const json = await heddle(['status', '-o', 'json'])
      assert.equal(json.code, 1)
      assert.equal((JSON.parse(json.out) as { ready: boolean }).ready, false)
    })

    it('prints versions, also without a controller', async () => {
      const { code, out } = await heddle(['version'])
      assert.equal(code, 0)
      assert.match(out, /^heddle \d+\.\d+\.\d+\ncontroller 0\.0\.0-test\n$/)
    })
  })

  describe('errors', () => {
    it('names the server that it cannot reach', async () => {
      const closed = createServer()
      await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
      const address = closed.address()
      assert.ok(typeof address === 'object' && address !== null)
      await new Promise((resolve) => closed.close(resolve))
      const url = `http://127.0.0.1:${String(address.port)}`
      for (const args of [['get', 'pods'], ['status'], ['delete', 'host', 'x']]) {
        const { code, err } = await heddle(['--server', url, ...args])
        assert.equal(code, 1)
        assert.ok(err.startsWith(`heddle: cannot reach the controller at ${url}: connection refused`), err)
      }
      assert.match((await heddle(['version'], '', { HEDDLE_SERVER: url })).err, /^controller: cannot reach/)
      assert.equal((await heddle(['apply', '-f', '-', '--server', url], WORLD)).code, 1)
    })

    it('notices a server that is not Heddle', async () => {
      const other = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<p>'))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const address = other.address()
      assert.ok(typeof address === 'object' && address !== null)
      const { code, err } = await heddle(['-s', `http://127.0.0.1:${String(address.port)}`, 'get', 'pods'])
      await new Promise((resolve) => other.close(resolve))
      assert.equal(code, 1)
      assert.match(err, /does not answer as a Heddle controller does \(HTTP 200, text\/html\)/)
    })

    it('shows problems with what each is about', async () => {
      const { code, err } = await heddle(['get', 'pod', 'red/web/a'])
      assert.deepEqual([code, err], [1, 'heddle: pod red/web/a does not exist (NOT_FOUND)\n'])
      const filter = await heddle(['get', 'pods', '-t', 'Red'])
      assert.match(filter.err, /\(INVALID\)\n {2}tenant: must be a name/)
    })

    it('exits with 2 when the command line makes no sense', async () => {
      const lines = [
        ['frobnicate'],
        ['get'],
        ['get', 'widgets'],
        ['get', 'pod', 'a'],
        ['get', 'pod', 'a/b/c/d'],
        ['get', 'pods', '-o', 'xml'],
        ['get', 'hosts', '-t', 'red'],
        ['get', 'hosts', '-l', 'a=b'],
        ['delete', 'host'],
        ['delete', 'host', 'h1', '-f', 'x'],
        ['apply'],
        ['apply', '-f', '-', '--timeout', '10'],
        ['--server', 'nonsense', 'status'],
      ]
      for (const args of lines) {
        const { code, out, err } = await heddle(args)
        assert.deepEqual([code, out], [2, ''], args.join(' '))
        assert.ok(err.length > 10, args.join(' '))
      }
      assert.equal((await heddle(['--help'])).code, 0)
      assert.match((await heddle(['help', 'apply'])).out, /standard input/)
    })
  })
})
