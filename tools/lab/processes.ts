import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from './errors.js'
import { type Owner } from './state.js'

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

/** Inode of a named network namespace; undefined when there is none of that name. */
export function namespaceInode(namespace: string): number | undefined {
  return statSync(`/run/netns/${namespace}`, { throwIfNoEntry: false })?.ino
}

/**
 * Processes that live in one of the namespaces, and the daemons of `dir` wherever they are. A name of a namespace
 * that is no namespace (its mount is gone) has an inode that no process shows, so it matches nothing.
 */
export function processesOf(namespaces: readonly string[], dir?: string): number[] {
  const inodes = new Set(namespaces.map(namespaceInode).filter((inode) => inode !== undefined))
  const found: number[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    if (inNamespaces(pid, inodes) || (dir !== undefined && isDaemonOf(pid, dir))) found.push(pid)
  }
  return found
}

function inNamespaces(pid: number, inodes: ReadonlySet<number>): boolean {
  try {
    const match = /^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))
    return match !== null && inodes.has(Number(match[1]))
  } catch {
    return false
  }
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
