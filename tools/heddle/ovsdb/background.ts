/** What a command that goes on has around it: a pidfile, a control socket, and an end. */
import { becomeDaemon, controlPath, writePidfile } from '../../cli/daemon.js'
import { FatalError, SystemError } from '../../cli/errors.js'
import { type ControlCommand, ControlServer } from '../../cli/unixctl.js'
import { VERSION } from '../../../src/config/version.js'
import { PROGRAM, PROGRAM_FILES } from './command.js'
import type { Options } from './options.js'

export class Background {
  readonly #options: Options
  readonly #streams: readonly number[]
  #control: ControlServer | undefined
  #end: (reason: FatalError | undefined) => void = () => undefined
  #isReady = false

  /** Resolves when it is to end: with a reason, or because it was told to. */
  readonly exited: Promise<FatalError | undefined>

  /** `streams` are let go of in the background. */
  constructor(options: Options, streams: readonly number[]) {
    this.#options = options
    this.#streams = streams
    this.exited = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  stop(reason?: FatalError): void {
    this.#end(reason)
  }

  /** Writes the pidfile and, in the background, opens the control socket. @throws FatalError */
  async listen(commands: Readonly<Record<string, ControlCommand>>): Promise<void> {
    writePidfile(PROGRAM_FILES, this.#options)
    if (!this.#options.detach) return
    const exit: ControlCommand = {
      usage: '',
      min: 0,
      max: 0,
      run: () => {
        this.stop()
        return ''
      },
    }
    const version: ControlCommand = { usage: '', min: 0, max: 0, run: () => `${PROGRAM} (Heddle) ${VERSION}` }
    try {
      this.#control = await ControlServer.listen(controlPath(PROGRAM_FILES), { ...commands, exit, version })
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      throw new FatalError(`failed to create unixctl server (${error.message})`)
    }
  }

  /** Lets the process go that waits for the first output. */
  ready(): void {
    if (this.#isReady) return
    this.#isReady = true
    becomeDaemon(this.#options, this.#streams)
  }

  async close(): Promise<void> {
    await this.#control?.close()
  }
}
