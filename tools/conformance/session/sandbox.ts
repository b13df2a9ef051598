/** A directory with an Open vSwitch of its own: programs run in it, and those that stay are ended with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withScratch } from '../scratch.js'

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
const STEP_TIMEOUT_MS = 60_000

export interface Ran {
  /** -N: ended by signal N, as the vectors have it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}

export interface RunOptions {
  readonly stdin?: string
  /** What it leaves behind may keep its output open. */
  readonly daemon?: boolean
}

const exitCode = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? (signal === null ? -1 : -constants.signals[signal])

function finished(child: ChildProcess, event: 'close' | 'exit'): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const late = setTimeout(() => child.kill('SIGKILL'), STEP_TIMEOUT_MS)
    child.once('error', reject)
    child.once(event, (code, signal) => {
      clearTimeout(late)
      resolve({ code: exitCode(code as number | null, signal as NodeJS.Signals | null), stdout, stderr })
    })
  })
}

export class Sandbox {
  readonly directory: string
  readonly #env: NodeJS.ProcessEnv

  private constructor(directory: string) {
    this.directory = directory
    this.#env = {
      ...process.env,
      OVS_RUNDIR: directory,
      OVS_DBDIR: directory,
      OVS_LOGDIR: directory,
      OVS_SYSCONFDIR: directory,
    }
  }

  /** Calls `use` with an empty sandbox; afterwards its processes and files are gone. */
  static with<T>(use: (sandbox: Sandbox) => Promise<T>): Promise<T> {
    return withScratch(async (directory) => {
      const sandbox = new Sandbox(directory)
      try {
        return await use(sandbox)
      } finally {
        await sandbox.#endAll()
      }
    })
  }

  async run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const child = spawn(program, args, { cwd: this.directory, env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] })
    // A program that does not read its input closes the pipe early.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.stdin ?? '')
    const ran = await finished(child, options.daemon === true ? 'exit' : 'close')
    child.stdout.destroy()
    child.stderr.destroy()
    return ran
  }

  /** Starts ovsdb-server and ovs-vswitchd as daemons. @throws SandboxError */
  async startSwitch(vswitchd: readonly string[]): Promise<void> {
    const { directory } = this
    const daemon = ['--detach', '--no-chdir', '--pidfile', '-vconsole:off', '-vsyslog:off']
    const database = join(directory, 'conf.db')
    await this.#must('ovsdb-tool', ['create', database, SCHEMA])
    await this.#must('ovsdb-server', [...daemon, `--remote=punix:${join(directory, 'db.sock')}`, database])
    await this.#must('ovs-vsctl', ['--no-wait', 'init'])
    await this.#must('ovs-vswitchd', [...daemon, ...vswitchd])
  }

  async #must(program: string, args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.run(program, args, { daemon: true })
    if (code !== 0) throw new SandboxError(`${program} ${args.join(' ')}: exit code ${code}: ${stderr}`)
  }

  /** The processes that this sandbox's programs left behind: their environment names its directory. */
  async #processes(): Promise<number[]> {
    const mark = `OVS_RUNDIR=${this.directory}`
    const found: number[] = []
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
      if (environment.split('\0').includes(mark)) found.push(Number(name))
    }
    return found
  }

  async #endAll(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const pid of await this.#processes()) send(pid, signal)
      for (let tries = 0; tries < 100 && (await this.#processes()).length > 0; tries++) await sleep(20)
    }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It may have ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
