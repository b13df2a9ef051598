import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { BenchError } from './errors.js'

/** The kinds of processes whose consumption is told apart. */
export const KINDS = ['controller', 'ovs_vswitchd', 'host_ovsdb', 'driver'] as const
export type Kind = (typeof KINDS)[number]

/** CPU times in /proc are in ticks of USER_HZ, which Linux fixes at 100 a second. */
const TICKS_PER_SECOND = 100
const TERM_LIMIT_MS = 10_000

export interface Started {
  readonly pid: number
  readonly kind: Kind
  /** Resolves with the exit code or the signal's name. */
  readonly ended: Promise<number | string>
}

interface Child extends Started {
  readonly process: ChildProcess
  readonly log: string
  /** Its end is ours or expected. */
  stopping: boolean
  result: number | string | undefined
}

/**
 * Daemons of a run: started in the foreground, so that their pids are ours; ended by pid, also when this process ends
 * for whatever reason (each asks the kernel for SIGKILL at its parent's death, by setpriv of util-linux).
 */
export class Processes {
  readonly #children = new Map<number, Child>()
  readonly #onExit = () => {
    for (const { process: child, result } of this.#children.values()) if (result === undefined) child.kill('SIGKILL')
  }

  #stopped = false

  constructor() {
    process.once('exit', this.#onExit)
  }

  start(kind: Kind, argv: readonly string[], log: string, env: NodeJS.ProcessEnv = {}): Started {
    if (this.#stopped) throw new BenchError('the run is over')
    const fd = openSync(log, 'a')
    // A session of its own: Ctrl-C reaches this process alone, which then ends its daemons in order.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
      stdio: ['ignore', fd, fd],
      env: { ...process.env, ...env },
      detached: true,
    })
    closeSync(fd)
    const { pid } = child
    const ended = new Promise<number | string>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        resolve(code ?? signal ?? 'unknown')
      })
    })
    ended.catch(() => undefined)
    if (pid === undefined) throw new BenchError(`cannot start ${basename(argv[0] ?? '')} (setpriv is of util-linux)`)
    const entry: Child = { pid, kind, ended, process: child, log, stopping: false, result: undefined }
    void ended.then((result) => {
      entry.result = result
    })
    this.#children.set(pid, entry)
    return entry
  }

  /** Throws when one of them has ended by itself. */
  check(): void {
    for (const { kind, pid, result, stopping, log } of this.#children.values()) {
      if (result !== undefined && !stopping) {
        throw new BenchError(`${kind} (pid ${pid}) ended with ${result}; the end of its log:\n${tail(log)}`)
      }
    }
  }

  /** Ends one by the signal, after ten seconds by SIGKILL; what it ended with. */
  async end(pid: number, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | string> {
    const child = this.#children.get(pid)
    if (child === undefined) throw new BenchError(`${pid} is no process of this run`)
    child.stopping = true
    if (child.result === undefined) child.process.kill(signal)
    const late = setTimeout(() => child.process.kill('SIGKILL'), TERM_LIMIT_MS)
    const result = await child.ended
    clearTimeout(late)
    return result
  }

  /** Ends all; nothing can be started any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#children.keys()].map((pid) => this.end(pid)))
    process.removeListener('exit', this.#onExit)
  }

  /** CPU seconds (user and system, all threads) since its start of each process that runs. */
  cpu(): Map<number, { readonly kind: Kind; readonly seconds: number }> {
    const used = new Map<number, { readonly kind: Kind; readonly seconds: number }>()
    for (const { pid, kind } of this.#running()) {
      const seconds = cpuSeconds(pid)
      if (seconds !== undefined) used.set(pid, { kind, seconds })
    }
    return used
  }

  /** Resident MiB of each process that runs, by kind. */
  rssMib(): Map<Kind, number[]> {
    const sizes = new Map<Kind, number[]>()
    for (const { pid, kind } of this.#running()) {
      const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
      sizes.set(kind, [...(sizes.get(kind) ?? []), Number(kib ?? 0) / 1024])
    }
    return sizes
  }

  #running(): { readonly pid: number; readonly kind: Kind }[] {
    const children = [...this.#children.values()].filter(({ result }) => result === undefined)
    return [{ pid: process.pid, kind: 'driver' }, ...children]
  }
}

function cpuSeconds(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}

/** CPU seconds of the whole machine since boot, and those that its hypervisor took. */
export function machineCpu(): { readonly busyS: number; readonly stolenS: number } {
  const line = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = line.split(' ').map(Number)
  return { busyS: (user + nice + system + irq + soft) / TICKS_PER_SECOND, stolenS: steal / TICKS_PER_SECOND }
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-2000)
  } catch {
    return '(none)'
  }
}
