import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../lab/processes.js'
import { environment } from '../lab/run.js'
import { KernelError } from './errors.js'
import { type Job, makeJob, removeStaleJobs } from './job.js'
import { memoryFolder } from './memory.js'
import { kernelFolder, kernelProgram } from './package.js'
import { Relay } from './relay.js'

export interface GuestOptions {
  readonly argv: readonly string[]
  /** Path of init.sh. */
  readonly init: string
  /** Seconds after which the guest is ended. */
  readonly timeout: number
  readonly memoryMegabytes: number
  readonly writable: readonly string[]
  readonly modules: readonly string[]
  readonly notBefore: number
  readonly stdout: Pick<Writable, 'write'>
  readonly stderr: Pick<Writable, 'write'>
  /** Ends the guest at once. */
  readonly signal: AbortSignal
}

export type GuestEnd =
  | { readonly how: 'exited'; readonly status: number }
  | { readonly how: 'timed-out' }
  | { readonly how: 'aborted' }

/** Modules of the switch and the lab; what they need in turn comes with them. */
export const LAB_MODULES: readonly string[] = [
  ...['openvswitch', 'vport-vxlan', 'vport-gre', 'vport-geneve', 'bridge', 'veth', 'dummy', 'tun'],
  ...['sch_htb', 'sch_ingress', 'cls_basic', 'cls_matchall', 'cls_u32', 'act_police'],
]

const PASS_ON_EVERY = 100
const KILL_AFTER = 5_000

/**
 * Boots a guest, runs one command in it and says how that ended. Throws KernelError when there is no guest or it ended
 * without a status. Whatever happens, neither a process nor a folder of it is left.
 */
export async function runInGuest(options: GuestOptions): Promise<GuestEnd> {
  removeStaleJobs()
  const kernel = await kernelFolder()
  const memory = memoryFolder(options.memoryMegabytes)
  const job = makeJob({ ...options, kernel, directory: process.cwd(), environment: process.env }, options.init)
  try {
    return await runJob(job, kernel, memory, options)
  } finally {
    job.remove()
  }
}

async function runJob(job: Job, kernel: string, memory: string, options: GuestOptions): Promise<GuestEnd> {
  const guest = boot(job, kernel, memory, options.memoryMegabytes)
  const watcher = watch(guest)
  const deadline = Date.now() + options.timeout * 1000
  const relays = [new Relay(job.path('stdout'), options.stdout), new Relay(job.path('stderr'), options.stderr)]
  try {
    const exited = once(guest, 'exit')
    while (isRunning(guest) && !options.signal.aborted && Date.now() < deadline) {
      await Promise.race([exited, sleep(PASS_ON_EVERY)])
      for (const relay of relays) relay.pass()
    }
    const ended = !isRunning(guest)
    await end(guest)
    for (const relay of relays) relay.pass()
    if (ended) return { how: 'exited', status: statusOf(job) }
    return { how: options.signal.aborted ? 'aborted' : 'timed-out' }
  } finally {
    await end(guest)
    if (watcher.pid !== undefined) signalGroup(watcher.pid, 'SIGKILL')
    for (const relay of relays) relay.close()
  }
}

/** Starts the kernel in a process group of its own, which holds the processes of all its processes. */
function boot(job: Job, kernel: string, memory: string, megabytes: number): ChildProcess {
  const console = openSync(job.path('console'), 'w')
  try {
    return spawn(
      'setpriv',
      [
        // Should we be killed, the guest hears of it, and ends in order.
        ...['--pdeathsig', 'TERM', '--', kernelProgram(kernel), `mem=${megabytes}M`],
        ...['umid=guest', `uml_dir=${job.folder}/`],
        ...['root=none', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${job.path('init')}`, `JOB=${job.folder}`],
        ...['con=null', 'con0=null,fd:1', 'ssl=null', 'quiet', 'loglevel=4', 'panic=1'],
      ],
      {
        detached: true,
        stdio: ['ignore', console, console],
        env: { ...environment(), TMPDIR: memory, HOME: job.folder },
      },
    )
  } finally {
    closeSync(console)
  }
}

/** Waits to be told that we are dead, and ends what the guest, which is told so, too, may leave of its group. */
const WATCH = 'trap : TERM; sleep infinity & wait; kill $!; sleep 0.5; kill -KILL "-$1"'

function watch(guest: ChildProcess): ChildProcess {
  const watcher = ['--pdeathsig', 'TERM', '--', 'sh', '-c', WATCH, 'sh', String(guest.pid)]
  return spawn('setpriv', watcher, { detached: true, stdio: 'ignore' })
}

function isRunning(guest: ChildProcess): boolean {
  return guest.exitCode === null && guest.signalCode === null
}

/** Ends what is left of the guest's process group: in order, then by force. */
async function end(guest: ChildProcess): Promise<void> {
  const group = guest.pid
  if (group === undefined) throw new KernelError('KERNEL_NO_STATUS', 'setpriv could not be started')
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const deadline = Date.now() + KILL_AFTER
    signalGroup(group, signal)
    while (isGroupAlive(group) && Date.now() < deadline) await sleep(20)
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function isGroupAlive(group: number): boolean {
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && groupOf(Number(entry)) === group && isAlive(Number(entry)))
}

/** Process group: the third field after the name in /proc/PID/stat. */
function groupOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2])
  } catch {
    return undefined
  }
}

/** Exit status of the command, which the guest's process 1 has written. */
function statusOf(job: Job): number {
  const file = job.path('status')
  const status = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  if (/^\d+$/.test(status)) return Number(status)
  const said = readFileSync(job.path('console'), 'utf8').trim().split('\n').slice(-30).join('\n')
  throw new KernelError('KERNEL_NO_STATUS', `the guest ended without a status; its console:\n${said}`)
}
