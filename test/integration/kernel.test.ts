import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine } from '../../tools/lab/processes.js'

const MAIN = ['--import', 'tsx', '--conditions=source', 'tools/kernel/main.ts', '--no-wait']

describe('guests with a kernel of their own', function () {
  this.timeout(180_000)
  let folder: string

  // Jobs are made in our own temporary folder, so that none but ours are seen.
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-guest-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [...MAIN, ...args], { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => { said.stdout += chunk.toString() })
    child.stderr.on('data', (chunk: Buffer) => { said.stderr += chunk.toString() })
    return { child, said, ended: once(child, 'close') as Promise<[number | null]> }
  }

  const left = (): string[] => [
    ...readdirSync(folder).filter((name) => name.startsWith('heddle-kernel-')),
    ...readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(Number(pid)).some((arg) => arg === `JOB=${folder}` || arg.includes(`${folder}/heddle-kernel-`))),
  ]

  it('run a command, pass on what it says and how it ends, and keep what it writes where it may', async () => {
    const script = 'echo out; echo err >&2; lsmod | grep -c ^openvswitch; echo kept >"$1/file"; echo lost >package.json; exit 7'
    const { said, ended } = start('--write', folder, '--', 'sh', '-c', script, 'sh', folder)
    const [code] = await ended
    assert.equal(code, 7, said.stderr)
    assert.equal(said.stdout, 'out\n1\n')
    assert.match(said.stderr, /^(kernel: downloading.*\n)?err\n$/)
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'kept\n')
    assert.match(readFileSync('package.json', 'utf8'), /"heddle"/)
    assert.deepEqual(left(), [])
  })

  it('leave nothing when they take too long', async () => {
    const { said, ended } = start('--timeout', '5', 'sleep', '600')
    assert.deepEqual(await ended, [124, null])
    assert.match(said.stderr, /ended after 5 s/)
    assert.deepEqual(left(), [])
  })

  it('leave nothing when a signal ends the runner, and no process when it is killed', async () => {
    for (const [signal, code] of [['SIGTERM', 143], ['SIGKILL', null]] as const) {
      const { child, said, ended } = start('sh', '-c', 'echo running; sleep 600')
      while (!said.stdout.includes('running')) await once(child.stdout, 'data')
      child.kill(signal)
      assert.equal((await ended)[0], code)
      const processes = () => left().filter((each) => /^\d+$/.test(each))
      while (signal === 'SIGKILL' && processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual(signal === 'SIGKILL' ? processes() : left(), [], signal)
    }
    // The next run clears away what a killed one could not.
    await start('true').ended
    assert.deepEqual(left(), [])
  })
})
