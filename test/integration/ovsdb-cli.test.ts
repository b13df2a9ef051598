import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestServer } from './ovsdb-support.js'

const ROOT = join(import.meta.dirname, '../..')
const OURS = [process.execPath, '--import', import.meta.resolve('tsx'), '--conditions=source', join(ROOT, 'tools/heddle/main.ts'), 'ovsdb']

const SCHEMA = {
  name: 'mydb',
  version: '5.1.3',
  cksum: '12345678 9',
  tables: {
    items: {
      columns: {
        number: { type: 'integer' },
        name: { type: 'string' },
        weight: { type: { key: 'real', min: 0, max: 1 } },
        labels: { type: { key: 'string', value: 'integer', min: 0, max: 'unlimited' } },
        kinds: { type: { key: { type: 'string', enum: ['set', ['a', 'b', 'true']] }, min: 0, max: 3 } },
        passing: { type: 'string', ephemeral: true },
      },
      indexes: [['number']],
      isRoot: true,
      maxRows: 100,
    },
    links: {
      columns: {
        to: { type: { key: { type: 'uuid', refTable: 'items', refType: 'weak' }, min: 0, max: 'unlimited' } },
        any: { type: 'uuid' },
      },
      isRoot: true,
    },
    empty: { columns: { text: { type: 'string' } }, isRoot: true },
  },
}

const ROWS = [
  'mydb',
  {
    op: 'insert',
    table: 'items',
    'uuid-name': 'one',
    row: { number: 1, name: 'one', weight: 0.1, labels: ['map', [['a', 1], ['b c', 2]]], kinds: ['set', ['a', 'true']] },
  },
  { op: 'insert', table: 'items', row: { number: 2, name: 'two "q", & <x>', passing: 'soon gone' } },
  { op: 'insert', table: 'links', row: { to: ['named-uuid', 'one'] } },
]

interface Said {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program; log lines and its name before a message are nobody's expectation. */
function run(server: TestServer, [program = '', ...before]: readonly string[], args: readonly string[], stdin = ''): Promise<Said> {
  const env = { ...process.env, OVS_RUNDIR: server.dir, OVS_LOGDIR: server.dir }
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, ...args], { env, cwd: server.dir })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const said = stderr.replaceAll(/^.*\|(?:INFO|WARN|ERR)\|.*\n/gm, '').replace(/^(?:heddle ovsdb|ovsdb-client): /, '')
      resolve({ code, signal, stdout, stderr: said })
    })
    child.stdin.on('error', () => undefined).end(stdin)
  })
}

describe('heddle ovsdb beside ovsdb-client', function () {
  this.timeout(240_000)
  let server: TestServer

  const ours = (args: readonly string[], stdin?: string): Promise<Said> => run(server, OURS, args, stdin)
  const theirs = (args: readonly string[], stdin?: string): Promise<Said> => run(server, ['ovsdb-client'], args, stdin)

  async function same(...args: readonly string[]): Promise<Said> {
    const [got, wanted] = await Promise.all([ours(args), theirs(args)])
    assert.deepEqual(got, wanted, args.join(' '))
    return got
  }

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), `ovsdb-cli-${process.pid}-`))
    try {
      await writeFile(join(folder, 'schema'), JSON.stringify(SCHEMA))
      server = await TestServer.start({ schema: join(folder, 'schema') })
      await cp(join(folder, 'schema'), join(server.dir, 'schema'))
    } finally {
      await rm(folder, { recursive: true })
    }
    await server.client('transact', JSON.stringify(ROWS))
  })

  after(async () => {
    await server.stop()
  })

  it('lists databases, tables and columns in the same order, and prints schemas', async () => {
    await same('list-dbs')
    await same('list-tables')
    await same('list-columns', 'mydb')
    await same('list-columns', server.target, 'mydb', 'items')
    await same('--pretty', 'get-schema')
    await same('get-schema-cksum')
    assert.equal((await same('needs-conversion', 'schema')).stdout, 'no\n')
  })

  it('dumps in every format', async () => {
    for (const format of ['table', 'list', 'html', 'csv', 'json']) {
      for (const data of ['string', 'bare', 'json']) await same('-f', format, '-d', data, 'dump')
    }
    await same('--no-headings', '-d', 'bare', 'dump', 'mydb', 'items', 'name', 'kinds')
    await same('--max-column-width=4', 'dump')
    await same('dump', '_Server')
  })

  it('monitors tables, rows and columns', async () => {
    await same('-t', '2', '-f', 'csv', 'monitor', 'ALL')
    await same('-t', '2', 'monitor', 'items', '!initial,name')
    await same('-t', '2', 'monitor-cond-since', '[["number",">",1]]', 'items', 'name', 'number')
  })

  it('says what is wrong in the same words', async () => {
    const lines = [
      [], ['nope'], ['--no'], ['-f', 'xml', 'dump'], ['-vnope', 'list-dbs'], ['list-dbs', 'a'], ['-t', '0', 'list-dbs'],
      ['dump', 'nope'], ['dump', 'items', 'nope'], ['dump', 'items', 'name', 'name'], ['monitor', 'nope'],
      ['monitor', 'items', 'nope'], ['monitor', 'items', 'name', 'name'], ['monitor-cond', '[["x","==",1]]', 'items'],
      ['transact', '[1'], ['transact', '"x"'], ['transact', '["mydb",#'], ['transact', '["nope"]'], ['query', '{}'],
      ['wait', 'mydb', 'nope'],
      ['needs-conversion', 'none'], ['convert', '.'], ['get-schema', 'unix:none', 'mydb'], ['list-dbs', 'nope:x'],
      ['list-dbs', 'unix:none,tcp:127.0.0.1:1'], ['dump', 'unix:none,tcp:127.0.0.1:1'],
    ]
    for (const args of lines) assert.equal((await same(...args)).code, 1)
  })

  it('backs up what ovsdb-client restores, and the other way round', async () => {
    const content = async (): Promise<string> =>
      (await server.client('dump', 'mydb')).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    const file = (text: string): string => text.replace(/"_date":\d+/, '').replaceAll(/^(OVSDB JSON \d+) .*$/gm, '$1')
    const [backup, reference] = [await ours(['backup']), await theirs(['backup'])]
    assert.equal(file(backup.stdout), file(reference.stdout))
    await server.client('transact', '["mydb",{"op":"update","table":"items","where":[],"row":{"passing":""}}]')
    const before = await content()
    const empty = '["mydb",{"op":"delete","table":"items","where":[]},{"op":"delete","table":"links","where":[]}]'
    await server.client('transact', empty)
    assert.deepEqual(await ours(['restore'], reference.stdout), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(await content(), before)
    // A file with changes of rows behind it, as the server itself writes.
    const database = await readFile(join(server.dir, 'db'), 'utf8')
    await server.client('transact', empty)
    assert.equal((await ours(['restore'], database)).code, 0)
    assert.equal(await content(), before)
    const broken = await ours(['restore'], reference.stdout.replace('"mydb"', '"mydc"'))
    assert.match(broken.stderr, /^syntax error: .* have SHA-1 hash \w+ but should have hash \w+\n$/)
  })
})
