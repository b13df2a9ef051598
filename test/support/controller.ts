import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Answer of the REST API: status and the body, which is JSON for everything but 204. */
export interface Answer<Body = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/**
 * The controller as a process of its own, on free ports and a data directory that is removed at the end. It is the
 * bundle where HEDDLE_PROGRAMS names the folder of bundles, else the sources.
 */
export class ControllerProcess {
  readonly directory: string
  readonly apiPort: number
  readonly ovsdbPort: number
  readonly openflowPort: number
  #child: ChildProcess | undefined
  #output = ''

  readonly #settings: readonly string[]

  private constructor(
    directory: string,
    [apiPort, ovsdbPort, openflowPort]: readonly [number, number, number],
    settings: readonly string[],
  ) {
    this.#settings = settings
    this.directory = directory
    this.apiPort = apiPort
    this.ovsdbPort = ovsdbPort
    this.openflowPort = openflowPort
  }

  /** `settings`: flags besides those for its ports and data. */
  static async start(settings: readonly string[] = []): Promise<ControllerProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'heddle-e2e-'))
    const controller = new ControllerProcess(directory, await freePorts(), settings)
    try {
      await controller.restart()
    } catch (error) {
      await controller.stop()
      throw error
    }
    return controller
  }

  /** Starts the program (again) and resolves when it is ready. */
  async restart(): Promise<void> {
    const programs = process.env['HEDDLE_PROGRAMS']
    const argv =
      programs === undefined
        ? ['--import', 'tsx', '--conditions=source', 'src/main.ts']
        : [resolve(programs, 'heddle-controller.js')]
    const settings = [
      ['--data', this.directory],
      ['--api-port', String(this.apiPort)],
      ['--ovsdb-listen', `ptcp:${this.ovsdbPort}`],
      ['--openflow-listen', `ptcp:${this.openflowPort}`],
      this.#settings,
    ].flat()
    const child = spawn(process.execPath, [...argv, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const collect = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-100_000)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    await this.#untilReady(child)
  }

  /** What the program has written, for messages of failing tests. */
  get output(): string {
    return this.#output
  }

  /** Ends the program at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends the program in order; its exit code. */
  async terminate(): Promise<number | null> {
    return await this.#end('SIGTERM')
  }

  /** Ends the program and removes its data. */
  async stop(): Promise<void> {
    await this.#end('SIGKILL')
    await rm(this.directory, { recursive: true, force: true })
  }

  async request<Body = unknown>(method: string, path: string, body?: unknown, headers = {}): Promise<Answer<Body>> {
    const response = await fetch(`http://127.0.0.1:${this.apiPort}${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    }
  }

  /** A request that must succeed. */
  async must<Body = unknown>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.request<Body>(method, path, body)
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}\n${this.#output.slice(-2000)}`)
    }
    return answer.body
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the controller ended with ${child.exitCode}:\n${this.#output}`)
      try {
        if ((await fetch(`http://127.0.0.1:${this.apiPort}/readyz`)).ok) return
      } catch {
        // not listening yet
      }
      await sleep(50)
    }
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return null
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    }
    return child.exitCode
  }
}

/** Ports that were free a moment ago. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = await Promise.all([listen(), listen(), listen()])
  const [a, b, c] = servers.map((server) => (server.address() as net.AddressInfo).port) as [number, number, number]
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return [a, b, c]
}

async function listen(): Promise<net.Server> {
  const server = net.createServer()
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  return server
}
