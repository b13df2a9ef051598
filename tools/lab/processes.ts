import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from './errors.js'
import type { Owner } from './state.js'

/** Name and later fields of /proc/PID/stat: state is field 3, start time field 22. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** True while the process runs; a zombie, which only its parent can clear away, does not. */
export function isAlive(pid: number): boolean {
  const state = statFields(pid)?.[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

export function ownerOf(pid: number): Owner {
  const started = statFields(pid)?.[19]
  if (started === undefined) throw new LabError('LAB_OPTION_INVALID', `no process ${pid}`)
  return { pid, started }
}

export function isOwnerAlive(owner: Owner): boolean {
  return isAlive(owner.pid) && statFields(owner.pid)?.[19] === owner.started
}

/** Command line of a process; empty when it is gone. */
export function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** True for an ovsdb-server or ovs-vswitchd that was started with a file below `dir`. */
export function isDaemonOf(pid: number, dir: string): boolean {
  const [program, ...args] = commandLine(pid)
  if (program === undefined || !['ovsdb-server', 'ovs-vswitchd'].includes(basename(program))) return false
  return args.some((arg) => arg.includes(`${dir}/`))
}

/** Named network namespaces, kept in being until `release`, so that their inodes stand for no other ones meanwhile. */
export interface HeldNamespaces {
  readonly names: ReadonlySet<string>
  readonly inodes: ReadonlySet<number>
  release(): void
}

/** Opens those of the namespaces that are there. */
export function holdNamespaces(names: readonly string[]): HeldNamespaces {
  const files: number[] = []
  const inodes = new Set<number>()
  const release = (): void => {
    for (const file of files.splice(0)) closeSync(file)
  }
  try {
    for (const name of names) {
      const path = `/run/netns/${name}`
      if (!existsSync(path)) continue
      const file = openSync(path, 'r')
      files.push(file)
      // A name whose mount is gone is a plain file, with an inode that no process shows: it matches nothing.
      inodes.add(fstatSync(file).ino)
    }
  } catch (error) {
    release()
    throw error
  }
  return { names: new Set(names), inodes, release }
}

/** Processes that live in one of the namespaces or are entering it, and the daemons of `dir` wherever they are. */
export function processesOf(namespaces: HeldNamespaces, dir?: string): number[] {
  const found: number[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    // In this order: who is no longer `ip netns exec` when we look at its command line is inside when we look there.
    const ours = isEntering(pid, namespaces.names) || isInside(pid, namespaces.inodes)
    if (ours || (dir !== undefined && isDaemonOf(pid, dir))) found.push(pid)
  }
  return found
}

function isEntering(pid: number, names: ReadonlySet<string>): boolean {
  const [program, object, verb, name] = commandLine(pid)
  if (program === undefined || name === undefined) return false
  return basename(program) === 'ip' && object === 'netns' && verb === 'exec' && names.has(name)
}

function isInside(pid: number, inodes: ReadonlySet<number>): boolean {
  try {
    const match = /^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))
    return match !== null && inodes.has(Number(match[1]))
  } catch {
    return false
  }
}

/** Kills, by pid, what `processesOf` finds; repeated, since what dies may fork first. */
export async function endProcesses(namespaces: HeldNamespaces, dir?: string): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const pids = processesOf(namespaces, dir)
    if (pids.length === 0) return
    for (const pid of pids) signalProcess(pid, 'SIGKILL')
    await waitUntilGone(pids)
  }
  throw new LabError('LAB_TIMEOUT', `new processes keep starting in ${[...namespaces.names].join(', ')}`)
}

/** Sends the signal; a process that is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Waits until none of the processes runs. Throws LAB_TIMEOUT after `timeout` ms. */
export async function waitUntilGone(pids: readonly number[], timeout = 30_000): Promise<void> {
  const deadline = Date.now() + timeout
  for (;;) {
    const left = pids.filter(isAlive)
    if (left.length === 0) return
    if (Date.now() > deadline) throw new LabError('LAB_TIMEOUT', `processes do not end: ${left.join(', ')}`)
    await sleep(5)
  }
}
