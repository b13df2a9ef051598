import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Api } from './api.js'
import { until } from './clock.js'
import type { Processes } from './processes.js'

const PROGRAM = fileURLToPath(new URL('../../bin/heddle-controller.js', import.meta.url))

export interface ControllerOptions {
  readonly processes: Processes
  /** Directory of the run; the store is kept in a folder of it. */
  readonly work: string
  /** Longest wait, in seconds. */
  readonly stepS: number
  /** Where to write a CPU profile when it ends; none otherwise. */
  readonly profileDir?: string
}

/** The controller, a process of its own that can be ended and started again with the same store and ports. */
export class Controller {
  readonly #options: ControllerOptions
  readonly #ports: Ports
  readonly #api: Api
  #pid = 0

  private constructor(options: ControllerOptions, ports: Ports) {
    this.#options = options
    this.#ports = ports
    this.#api = new Api(`http://127.0.0.1:${ports.api}`, options.stepS)
  }

  /** Not started yet. */
  static async create(options: ControllerOptions): Promise<Controller> {
    return new Controller(options, await freePorts())
  }

  get api(): Api {
    return this.#api
  }

  /** Where hosts dial in, as ovs-vsctl's set-manager takes it. */
  get manager(): string {
    return `tcp:127.0.0.1:${this.#ports.ovsdb}`
  }

  /** Starts the process and returns at once. */
  start(): void {
    const { processes, work, profileDir } = this.#options
    const { api, ovsdb, openflow } = this.#ports
    const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
    const argv = [
      process.execPath, ...profile, PROGRAM,
      '--data', join(work, 'data'),
      '--api-port', String(api),
      '--ovsdb-listen', `ptcp:${ovsdb}:127.0.0.1`,
      '--openflow-listen', `ptcp:${openflow}:127.0.0.1`,
    ]
    this.#pid = processes.start('controller', argv, join(work, 'controller.log'), withoutSettings()).pid
  }

  /** The time at which the API said that it was ready. */
  ready(): Promise<number> {
    const { processes, stepS } = this.#options
    return until('the controller is ready', stepS, 0.02, () => {
      processes.check()
      return this.#api.isReady()
    })
  }

  /** What it ended with. */
  stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | string> {
    return this.#options.processes.end(this.#pid, signal)
  }

  close(): Promise<void> {
    return this.#api.close()
  }
}

/** The controller's own defaults, whatever the caller's environment says. */
function withoutSettings(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => name.startsWith('HEDDLE_'))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

interface Ports {
  readonly api: number
  readonly ovsdb: number
  readonly openflow: number
}

/**
 * Three ports that nobody listens on. Below the range that the kernel gives to outgoing connections: hosts that dial a
 * controller that is away would end up taking, or even answering on, its port.
 */
async function freePorts(): Promise<Ports> {
  const found: number[] = []
  while (found.length < 3) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if (!found.includes(port) && (await isFree(port))) found.push(port)
  }
  const [api = 0, ovsdb = 0, openflow = 0] = found
  return { api, ovsdb, openflow }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
