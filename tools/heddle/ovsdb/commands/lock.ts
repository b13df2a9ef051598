/** Commands about locks: they print what the server says of them until they are ended. */
import { type Json, OvsdbError, RpcError } from 'ovsdb-client'
import { FatalError } from '../../../cli/errors.js'
import type { ControlCommand } from '../../../cli/unixctl.js'
import { Background } from '../background.js'
import type { Command, Run } from '../command.js'
import { lossOf } from '../server.js'

const STDIN = 0
const STDERR = 2
const METHODS = ['lock', 'steal', 'unlock'] as const
type Method = (typeof METHODS)[number]

class LockRun {
  readonly #run: Run
  readonly #background: Background
  /** Requests go one after the other. */
  #last: Promise<void> = Promise.resolve()

  constructor(run: Run) {
    this.#run = run
    this.#background = new Background(run.options, [STDIN, STDERR])
  }

  async follow(method: Method, lock: string): Promise<void> {
    const { session, name } = this.#run.server
    for (const event of ['locked', 'stolen'] as const) {
      session.on(event, (which) => {
        this.#run.print(`${event}\n`)
        this.#run.printJson([which])
      })
    }
    await this.#background.listen(this.#commands)
    try {
      this.#ask(method, lock)
      const reason = await Promise.race([session.closed, this.#background.exited])
      if (reason !== undefined) throw new FatalError(`${name}: receive failed (${lossOf(reason)})`)
    } finally {
      await this.#background.close()
    }
  }

  #ask(method: Method, lock: string): void {
    this.#last = this.#last.then(() => this.#request(method, [lock]))
  }

  async #request(method: Method, params: readonly Json[]): Promise<void> {
    try {
      const result = await this.#run.server.session.request(method, params)
      this.#run.printJson(result)
      this.#background.ready()
    } catch (error) {
      // Nothing is said of what is refused. What ends the session ends the command too.
      if (!(error instanceof RpcError || error instanceof OvsdbError)) throw error
    }
  }

  get #commands(): Readonly<Record<string, ControlCommand>> {
    const command = (method: Method): ControlCommand => ({
      usage: 'LOCK',
      min: 1,
      max: 1,
      run: ([lock = '']) => {
        this.#ask(method, lock)
        return ''
      },
    })
    return Object.fromEntries(METHODS.map((method) => [method, command(method)]))
  }
}

export const LOCK_COMMANDS: readonly Command[] = METHODS.map((method) => ({
  name: method,
  need: 'server',
  min: 1,
  max: 1,
  detaches: true,
  run: (run) => new LockRun(run).follow(method, run.args[0] ?? ''),
}))
