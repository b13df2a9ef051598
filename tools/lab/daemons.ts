import { closeSync, copyFileSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from './errors.js'
import { addressBridge } from './network.js'
import { isDaemonOf, signalProcess, waitUntilGone } from './processes.js'
import { must } from './run.js'
import type { LabHost } from './state.js'
import { unixctl } from './unixctl.js'

export type DaemonName = 'ovsdb-server' | 'ovs-vswitchd'

/** What a shell needs so that the ovs programs speak with this host's daemons. */
export function ovsEnvironment(host: LabHost): Record<string, string> {
  return { OVS_RUNDIR: host.rundir, OVS_DBDIR: host.rundir, OVS_LOGDIR: host.rundir, OVS_SYSCONFDIR: host.rundir }
}

/** Makes an empty Open_vSwitch database, to be copied for each host. */
export async function makeDatabase(file: string): Promise<void> {
  const schema = '/usr/share/openvswitch/vswitch.ovsschema'
  if (!existsSync(schema)) {
    throw new LabError('LAB_COMMAND_FAILED', `${schema} is missing: install the Debian package openvswitch-switch`)
  }
  await must(['ovsdb-tool', 'create', file, schema])
}

let version: Promise<string> | undefined

/** Of the programs installed, as ovs-ctl writes it into a new database. */
async function ovsVersion(): Promise<string> {
  version ??= must(['ovs-vswitchd', '--version']).then((text) => /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown')
  return await version
}

/** Starts a host's OVS for the first time: database, its first rows with br-phy, and the switch. */
export async function startHost(
  host: LabHost,
  database: string,
  underlayMtu: number,
  managers: readonly string[],
): Promise<void> {
  mkdirSync(host.rundir, { recursive: true, mode: 0o700 })
  copyFileSync(database, join(host.rundir, 'conf.db'))
  await startDaemon(host, 'ovsdb-server')
  await vsctl(host, [
    '--no-wait',
    'init',
    ...['--', 'set', 'Open_vSwitch', '.', `external_ids:system-id=${host.name}`, `ovs_version=${await ovsVersion()}`],
    ...['--', 'add-br', 'br-phy', '--', 'set', 'Bridge', 'br-phy', 'fail_mode=standalone'],
    `datapath_type=${host.datapath}`,
    `other_config:hwaddr="${host.underlayMac}"`,
    ...['--', 'set', 'Interface', 'br-phy', `mtu_request=${underlayMtu}`],
    ...['--', 'add-port', 'br-phy', 'up0'],
    ...(managers.length > 0 ? ['--', 'set-manager', ...managers] : []),
  ])
  await startDaemon(host, 'ovs-vswitchd')
}

/** Starts a daemon of the host; ovs-vswitchd's br-phy has its address again when this returns. */
export async function startDaemon(host: LabHost, which: DaemonName): Promise<void> {
  if (daemonPid(host, which) !== undefined) {
    throw new LabError('LAB_EXISTS', `${which} of ${host.name} is running already`)
  }
  if (which === 'ovs-vswitchd' && host.datapath === 'system') await untilCpusAreCounted()
  const args =
    which === 'ovsdb-server'
      ? [
          join(host.rundir, 'conf.db'),
          `--remote=punix:${host.ovsdbSocket}`,
          '--remote=db:Open_vSwitch,Open_vSwitch,manager_options',
        ]
      : [`unix:${host.ovsdbSocket}`, ...(host.datapath === 'system' ? [] : ['--disable-system'])]
  const common = [
    '--no-chdir',
    '--detach',
    `--pidfile=${join(host.rundir, `${which}.pid`)}`,
    `--log-file=${join(host.rundir, `${which}.log`)}`,
    '-vconsole:err',
    '-vsyslog:off',
  ]
  try {
    await must(['ip', 'netns', 'exec', host.namespace, which, ...args, ...common], { env: ovsEnvironment(host) })
  } catch (cause) {
    const log = logTail(join(host.rundir, `${which}.log`))
    throw new LabError('LAB_COMMAND_FAILED', `${which} of ${host.name} does not start: ${log}`, { cause })
  }
  if (which === 'ovs-vswitchd') await addressBridge(host)
}

/**
 * ovs-vswitchd 3.1 counts the CPUs anew only when 10 s of the monotonic clock have passed, beginning with its zero, the
 * boot. One that starts earlier, as in a guest just booted, finds none, starts no handler and loses every first packet.
 */
async function untilCpusAreCounted(): Promise<void> {
  const early = 10_500 - uptime() * 1000
  if (early > 0) await sleep(early)
}

/** Pid of the host's running daemon, by its pid file and only if that process is ours; else undefined. */
export function daemonPid(host: LabHost, which: DaemonName): number | undefined {
  const file = join(host.rundir, `${which}.pid`)
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  return Number.isInteger(pid) && pid > 0 && isDaemonOf(pid, host.rundir) ? pid : undefined
}

/** Sends the signal; after SIGKILL or SIGTERM, returns when the process is gone. Throws when it does not run. */
export async function killDaemon(host: LabHost, which: DaemonName, signal: NodeJS.Signals): Promise<void> {
  const pid = daemonPid(host, which)
  if (pid === undefined) throw new LabError('LAB_COMMAND_FAILED', `${which} of ${host.name} does not run`)
  signalProcess(pid, signal)
  if (signal === 'SIGKILL' || signal === 'SIGTERM') await waitUntilGone([pid])
}

/** ovs-vsctl on the host's database; returns what it prints. */
export function vsctl(host: LabHost, args: readonly string[]): Promise<string> {
  return must(['ovs-vsctl', `--db=unix:${host.ovsdbSocket}`, ...args], { env: ovsEnvironment(host) })
}

/** ovs-ofctl, whose bridge names are this host's; returns what it prints. */
export function ofctl(host: LabHost, args: readonly string[]): Promise<string> {
  return must(['ovs-ofctl', ...args], { env: ovsEnvironment(host) })
}

/** A command to the host's daemon, as ovs-appctl sends it but without a process. */
export function appctl(host: LabHost, which: DaemonName, method: string, params: readonly string[]): Promise<string> {
  const pid = daemonPid(host, which)
  if (pid === undefined) throw new LabError('LAB_COMMAND_FAILED', `${which} of ${host.name} does not run`)
  return unixctl(join(host.rundir, `${which}.${pid}.ctl`), method, params)
}

function logTail(file: string): string {
  if (!existsSync(file)) return 'it wrote no log'
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const buffer = Buffer.alloc(Math.min(size, 2000))
    readSync(fd, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8').trim()
  } finally {
    closeSync(fd)
  }
}
