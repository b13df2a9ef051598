import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const VSWITCH_SCHEMA = join(import.meta.dirname, '../../schemas/vswitch.ovsschema')

export interface ServerOptions {
  /** Path of the schema file. Default: the vswitch schema, with its one Open_vSwitch row in. */
  readonly schema?: string
  /** More arguments for ovsdb-server, such as `--remote=tcp:127.0.0.1:PORT`. */
  readonly args?: readonly string[]
}

/** A real ovsdb-server in a directory of its own. */
export class TestServer {
  readonly dir: string
  readonly socket: string
  readonly target: `unix:${string}`
  #process: ChildProcess | undefined

  private constructor(dir: string) {
    this.dir = dir
    this.socket = join(dir, 'db.sock')
    this.target = `unix:${this.socket}`
  }

  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const dir = await mkdtemp(join(tmpdir(), `ovsdb-test-${process.pid}-${randomBytes(3).toString('hex')}-`))
    const server = new TestServer(dir)
    try {
      await run('ovsdb-tool', ['create', join(dir, 'db'), options.schema ?? VSWITCH_SCHEMA])
      await server.launch(options.args)
      if (options.schema === undefined) await server.client('transact', INSERT_ROOT)
    } catch (error) {
      await server.stop()
      throw error
    }
    return server
  }

  /** Starts the process (again, after `kill`) and waits until it listens. */
  async launch(args: readonly string[] = []): Promise<void> {
    const env = { ...process.env, OVS_RUNDIR: this.dir, OVS_LOGDIR: this.dir, OVS_DBDIR: this.dir }
    const own = [join(this.dir, 'db'), `--remote=punix:${this.socket}`, `--unixctl=${join(this.dir, 'ctl')}`]
    const child = spawn('ovsdb-server', [...own, '-vconsole:off', ...args], { env, stdio: 'ignore' })
    this.#process = child
    while (!(existsSync(this.socket) && (await this.#listens()))) {
      if (child.exitCode !== null) throw new Error(`ovsdb-server ended with ${child.exitCode}`)
      await sleep(10)
    }
  }

  /** Ends the process at once. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  /** Holds the process (SIGSTOP) or lets it go on (SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal)
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.dir, { recursive: true, force: true })
  }

  /** Standard output of `ovsdb-client COMMAND SERVER ARGS`. */
  async client(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ovsdb-client', [command, this.target, ...args], { maxBuffer: 1 << 28 })
    return stdout
  }

  /** Standard output of an ovs-vsctl command that does not wait for ovs-vswitchd. */
  async vsctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ovs-vsctl', [`--db=${this.target}`, '--no-wait', ...args])
    return stdout
  }

  /** Standard output of an ovs-appctl command to the server. */
  async appctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ovs-appctl', ['-t', join(this.dir, 'ctl'), ...args])
    return stdout
  }

  async #listens(): Promise<boolean> {
    const socket = createConnection(this.socket)
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}

const INSERT_ROOT = JSON.stringify(['Open_vSwitch', { op: 'insert', table: 'Open_vSwitch', row: {} }])
