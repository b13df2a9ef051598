/** Programs that go on in the background, as OVS's --detach and --pidfile have it. */
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { runDirectory } from './dirs.js'
import type { DaemonOptions } from './options.js'
import { ExitError, FatalError, SystemError } from './errors.js'

/** Set for the process that is to stay. */
const MARK = 'HEDDLE_DAEMON'
const READY = 'ready'

/** Whether this is the process that stays. */
export const isDaemon = (): boolean => process.env[MARK] !== undefined

/** Whether this process is to start another that stays, and to end when that is ready. */
export const startsDaemon = ({ detach }: Readonly<DaemonOptions>): boolean => detach && !isDaemon()

/**
 * Runs the same command line in a session of its own and returns when it is ready.
 * @throws ExitError with its exit code when it ended instead
 */
export async function startDaemon(): Promise<void> {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    env: { ...process.env, [MARK]: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const code = await new Promise<number>((settle, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode) => {
      settle(exitCode ?? 1)
    })
    child.once('message', () => {
      settle(0)
    })
  })
  if (code !== 0) throw new ExitError(code)
  child.disconnect()
  child.unref()
}

/**
 * Where the control socket is unless --unixctl says so. `program` is the one that we stand in for, here and for
 * pidfiles: so `ovs-appctl -t PROGRAM` finds us.
 */
export const controlPath = (program: string, unixctl?: string): string =>
  resolve(runDirectory(), unixctl ?? `${program}.${process.pid}.ctl`)

function pidOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

/** Where the pidfile goes that the options ask for. */
export const pidfilePath = (program: string, { pidfile }: Readonly<DaemonOptions>): string | undefined =>
  pidfile === undefined ? undefined : resolve(runDirectory(), pidfile === '' ? `${program}.pid` : pidfile)

/** Writes the pidfile that the options ask for; gives its path. @throws FatalError when such a process runs already */
export function writePidfile(program: string, options: Readonly<DaemonOptions>): string | undefined {
  const path = pidfilePath(program, options)
  if (path === undefined) return undefined
  const running = options.overwritePidfile ? undefined : pidOf(path)
  if (running !== undefined) throw new FatalError(`${path}: already running as pid ${running}, aborting`)
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (error) {
    throw new FatalError(`${path}: create failed (${SystemError.from(error).message})`)
  }
  const remove = (): void => {
    rmSync(path, { force: true })
  }
  process.once('exit', remove)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      remove()
      process.kill(process.pid, signal)
    })
  }
  return path
}

const [STDIN, STDOUT] = [0, 1]

/** In the process that stays: lets go of the terminal's `streams` and tells the process that started it. */
export function becomeDaemon({ detach, chdir }: Readonly<DaemonOptions>, streams: readonly number[] = [STDIN, STDOUT]): void {
  if (!detach || process.send === undefined) return
  for (const fd of streams) {
    closeSync(fd)
    openSync('/dev/null', 'r+')
  }
  process.send(READY, () => {
    process.disconnect()
  })
  if (chdir) process.chdir('/')
}
