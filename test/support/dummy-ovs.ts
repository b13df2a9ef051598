import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One Open vSwitch of its own, with the dummy datapath: no kernel module, no root, gone after `stop`. */
export interface DummyOvs {
  /** Its OVS_RUNDIR, OVS_DBDIR and OVS_LOGDIR. */
  readonly dir: string
  /** `unix:PATH` of its ovsdb-server. */
  readonly dbSocket: string
  /** Path of ovs-vswitchd's control socket. */
  readonly vswitchdCtl: string
  /** The environment that points the OVS tools at this switch. */
  readonly env: NodeJS.ProcessEnv
  /** Standard output of the tool. Throws on a non-zero exit code. */
  vsctl(...args: string[]): Promise<string>
  ofctl(...args: string[]): Promise<string>
  appctl(...args: string[]): Promise<string>
  /** Any program with this switch's environment; never throws on an exit code. */
  run(program: string, args: readonly string[], input?: string): Promise<Ran>
  /** The path of a bridge's management socket. */
  mgmt(bridge: string): string
  stop(): Promise<void>
}

function collect(child: ChildProcess): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code: code ?? -1, stdout, stderr })
    })
  })
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string | undefined } = {},
): Promise<Ran> {
  const child = spawn(program, args, { env: options.env, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that does not read its input closes the pipe early.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return collect(child)
}

/** A daemon in the foreground, so that it is ours to end by its pid. */
function daemon(program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(program, args, { env, stdio: 'ignore' })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => { resolve() }))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await gone
  clearTimeout(late)
}

async function appears(path: string, child: ChildProcess): Promise<void> {
  while (!existsSync(path)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${child.spawnfile} ended before ${path} was there`)
    }
    await sleep(5)
  }
}

/** @param options.vswitchd arguments instead of `--enable-dummy=override --disable-system` */
export async function startDummyOvs(options: { vswitchd?: readonly string[] } = {}): Promise<DummyOvs> {
  const dir = await mkdtemp(join(tmpdir(), `heddle-ovs-${process.pid}-`))
  const env = { ...process.env, OVS_RUNDIR: dir, OVS_DBDIR: dir, OVS_LOGDIR: dir, OVS_SYSCONFDIR: dir }
  const socket = join(dir, 'db.sock')
  const vswitchdCtl = join(dir, 'vswitchd.ctl')
  const daemons: ChildProcess[] = []
  const killNow = (): void => {
    for (const child of daemons) child.kill('SIGKILL')
  }
  process.once('exit', killNow)

  const run = (program: string, args: readonly string[], input?: string): Promise<Ran> =>
    runProgram(program, args, { env, cwd: dir, input })
  const must = async (program: string, ...args: string[]): Promise<string> => {
    const ran = await run(program, args)
    if (ran.code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${ran.code}: ${ran.stderr}`)
    return ran.stdout
  }
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killNow)
    for (const child of daemons.reverse()) await end(child)
    await rm(dir, { recursive: true, force: true })
  }

  try {
    const database = join(dir, 'conf.db')
    await must('ovsdb-tool', 'create', database, SCHEMA)
    const quiet = ['-vconsole:off', '-vsyslog:off']
    const server = daemon('ovsdb-server', [
      ...quiet, `--remote=punix:${socket}`, `--unixctl=${join(dir, 'ovsdb.ctl')}`, database,
    ], env)
    daemons.push(server)
    await appears(socket, server)
    await must('ovs-vsctl', `--db=unix:${socket}`, '--no-wait', 'init')
    const flavour = options.vswitchd ?? ['--enable-dummy=override', '--disable-system']
    const vswitchd = daemon('ovs-vswitchd', [...quiet, ...flavour, `--unixctl=${vswitchdCtl}`, `unix:${socket}`], env)
    daemons.push(vswitchd)
    await appears(vswitchdCtl, vswitchd)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    dir,
    dbSocket: `unix:${socket}`,
    vswitchdCtl,
    env,
    vsctl: (...args) => must('ovs-vsctl', `--db=unix:${socket}`, ...args),
    ofctl: (...args) => must('ovs-ofctl', ...args),
    appctl: (...args) => must('ovs-appctl', '-t', vswitchdCtl, ...args),
    run,
    mgmt: (bridge) => join(dir, `${bridge}.mgmt`),
    stop,
  }
}
