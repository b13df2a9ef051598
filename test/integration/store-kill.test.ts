import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LmdbStore } from '../../src/store/lmdb.js'

const WRITER = fileURLToPath(new URL('store-writer.ts', import.meta.url))
const NODE = [process.execPath, '--import=tsx', '--conditions=source', WRITER] as const
const ROUNDS = 20

describe('store: processes', function () {
  this.timeout(300_000)
  let base: string
  let directory: string
  const children = new Set<ChildProcess>()

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), `heddle-store-kill-${process.pid}-`))
    directory = join(base, 'store')
  })
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    rmSync(base, { recursive: true })
  })

  /** Runs a writer, kills it after `acks` acknowledgements, and gives the lines it printed. */
  async function runAndKill(round: number, acks: number): Promise<string[]> {
    const [command, ...args] = NODE
    const child = spawn(command, [...args, directory, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.add(child)
    let output = ''
    let killed = false
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      // Counting the whole output each time would be quadratic; length is near enough to a number of lines.
      if (!killed && output.length > acks * 20) killed = child.kill('SIGKILL')
    })
    const signal = await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (_code, by) => { resolve(by) })
    })
    children.delete(child)
    assert.equal(signal, 'SIGKILL')
    // The last line may be cut off.
    return output.split('\n').slice(0, -1)
  }

  it(`keeps every acknowledged transaction, and no half one, through ${ROUNDS} kills`, async () => {
    const acknowledged = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round++) {
      const before = acknowledged.size
      for (const line of await runAndKill(round, 20 + round * 45)) {
        const [word, key = '', revision] = line.split(' ')
        if (word === 'ack') acknowledged.set(key, Number(revision))
      }
      assert.ok(acknowledged.size > before, 'the writer was killed before it wrote')
      const store = await LmdbStore.open(directory)
      try {
        for (const [key, revision] of acknowledged) assert.equal(store.get(key)?.revision, revision, key)
        const written = store.list('keys/').length
        assert.equal(store.get('total')?.value, written)
        assert.equal(store.get('mirror')?.value, -written)
        assert.equal(store.revision, written)
      } finally {
        await store.close()
      }
    }
  })

  it('syncs the file before it acknowledges (strace)', async function () {
    if (spawnSync('strace', ['-V']).error !== undefined) {
      console.warn('      SKIPPED: strace is not installed, so nothing shows that acknowledged means synced')
      this.skip()
    }
    const trace = join(base, 'trace')
    const calls = 'trace=write,writev,pwrite64,pwritev,fdatasync,fsync,msync,sync_file_range,openat'
    const args = ['-f', '-y', '-s', '64', '-e', calls, '-o', trace, ...NODE, directory, '0', '8']
    const run = spawnSync('strace', args, { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    assert.equal(checkTrace(readFileSync(trace, 'utf8')), 24 * 8)
    const store = await LmdbStore.open(directory)
    await store.close()
  })

  it('refuses a second opener, in this process and in another, until the first ends', async () => {
    const first = await LmdbStore.open(directory)
    const message = `${directory}/heddle.lock: in use by process ${process.pid}`
    const inUse = { name: 'HeddleError', code: 'UNAVAILABLE', message }
    await assert.rejects(LmdbStore.open(directory), inUse)
    const [command, ...args] = NODE
    const other = spawnSync(command, [...args, directory, '0', '1'], { encoding: 'utf8' })
    assert.notEqual(other.status, 0)
    assert.ok(other.stderr.includes(message), other.stderr)
    assert.equal((await first.transact((tx) => { tx.put('a', 1) })).revision, 1)
    await first.close()
    const again = await LmdbStore.open(directory)
    assert.equal(again.get('a')?.value, 1)
    await again.close()
  })

  it('makes the directory and its files for its owner alone', async () => {
    await (await LmdbStore.open(join(directory, 'deep'))).close()
    for (const path of [directory, join(directory, 'deep')]) assert.equal(statSync(path).mode & 0o777, 0o700)
    for (const file of ['data.mdb', 'heddle.lock']) {
      assert.equal(statSync(join(directory, 'deep', file)).mode & 0o777, 0o600)
    }
  })

  const fails = (message: RegExp) =>
    assert.rejects(LmdbStore.open(directory), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'UNAVAILABLE')
      assert.ok(error.message.includes(directory), error.message)
      assert.match(error.message, message)
      return true
    })

  it('names a path that is no directory', async () => {
    writeFileSync(directory, '')
    await fails(/EEXIST|ENOTDIR/)
  })

  it('names a directory that cannot be written', async function () {
    mkdirSync(directory)
    if (process.getuid?.() === 0) {
      // Root writes anywhere but into a file system that is read-only.
      const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', `heddle-${process.pid}`, directory])
      if (mount.status !== 0) this.skip()
    } else chmodSync(directory, 0o500)
    try {
      await fails(/EROFS|EACCES/)
    } finally {
      if (process.getuid?.() === 0) spawnSync('umount', [directory])
    }
  })
})

/**
 * Walks the trace in time order. LMDB commits by: data pages, fdatasync of the file, then the meta page through a
 * descriptor opened with O_DSYNC, whose write is a sync of its own. The writers go in step,
 * one batch of all of them after the other, so that the n-th batch of acknowledgements needs n such commits before it.
 * Gives the number of acknowledgements.
 */
function checkTrace(trace: string): number {
  let dsyncFd: string | undefined
  const pending = new Map<string, string>()
  let dataSynced = true
  let commits = 0
  let batchesAcknowledged = 0
  let acknowledged = 0
  let lastRevision = 0
  for (const raw of trace.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(raw) ?? []
    // A call that another thread's call interrupts in the trace counts at its end.
    if (rest.includes('<unfinished ...>')) { pending.set(pid, rest); continue }
    const call = rest.startsWith('<...') ? `${pending.get(pid) ?? ''} ${rest}` : rest
    if (call.includes('O_DSYNC') && call.includes('data.mdb')) dsyncFd = / = (\d+)</.exec(call)?.[1]
    if (call.startsWith('fdatasync(') && call.includes('data.mdb')) {
      assert.match(call, / = 0$/)
      dataSynced = true
    } else if (/^pwritev?(64)?\(/.test(call) && call.includes('data.mdb')) {
      if (dsyncFd !== undefined && new RegExp(`^pwrite64\\(${dsyncFd}<`).test(call)) {
        assert.ok(dataSynced, `meta page before the sync of the data: ${call}`)
        commits++
      } else dataSynced = false
    } else if (call.startsWith('write(1<') && call.includes('"open')) {
      // Creating the store committed as well.
      commits = 0
    } else if (call.startsWith('write(1<') && call.includes('"ack ')) {
      const revision = Number(/ (\d+)\\n"/.exec(call)?.[1])
      assert.equal(revision, ++lastRevision)
      acknowledged++
      if ((acknowledged - 1) % 24 === 0) batchesAcknowledged++
      assert.ok(commits >= batchesAcknowledged, `acknowledged with ${commits} commits: ${call}`)
    }
  }
  return acknowledged
}
