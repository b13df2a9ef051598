import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './clock.js'
import { BenchError } from './errors.js'
import { hostName } from './plan.js'
import type { Processes } from './processes.js'
import { run } from './run.js'
import { Unixctl, UnixctlError } from './unixctl.js'

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
const BRIDGE = 'br-int'

/**
 * One simulated machine: a real ovsdb-server and ovs-vswitchd with a directory of their own. Ports and packets are
 * simulated inside ovs-vswitchd (the dummy datapath, in the place of the kernel's).
 */
export class SiteHost {
  readonly number: number
  readonly name: string
  readonly #dir: string
  readonly #processes: Processes
  #switch: Unixctl | undefined

  constructor(number: number, work: string, processes: Processes) {
    this.number = number
    this.name = hostName(number)
    this.#dir = join(work, this.name)
    this.#processes = processes
  }

  /** `database`: an empty Open_vSwitch database. `manager`: where to dial, as set-manager says it, if anywhere. */
  async start(database: string, manager: string | undefined): Promise<void> {
    await mkdir(this.#dir)
    await copyFile(database, join(this.#dir, 'conf.db'))
    const socket = join(this.#dir, 'db.sock')
    this.#daemon('host_ovsdb', 'ovsdb-server', [
      join(this.#dir, 'conf.db'),
      `--remote=punix:${socket}`,
      '--remote=db:Open_vSwitch,Open_vSwitch,manager_options',
    ])
    await this.#appears(socket)
    await this.#configure(socket, manager)
    const simulated = ['--enable-dummy=system', '--disable-system', '--disable-system-route']
    this.#daemon('ovs_vswitchd', 'ovs-vswitchd', [`unix:${socket}`, ...simulated])
    await this.#appears(this.#control('ovs-vswitchd'))
  }

  /** Lasting connection to the switch's control socket; opened at first use. */
  async control(): Promise<Unixctl> {
    this.#switch ??= await Unixctl.connect(this.#control('ovs-vswitchd'))
    return this.#switch
  }

  /** What the switch would do with a packet, with port names; empty while it does not know the port. */
  async trace(flow: string): Promise<string> {
    try {
      return await (await this.control()).call('ofproto/trace', '--names', BRIDGE, flow)
    } catch (error) {
      if (error instanceof UnixctlError) return ''
      throw error
    }
  }

  async flowCount(): Promise<number> {
    return Number(/flow_count=(\d+)/.exec(await this.#ofctl('dump-aggregate'))?.[1] ?? Number.NaN)
  }

  async flows(): Promise<Set<string>> {
    const text = await this.#ofctl('dump-flows', ['--no-stats', '--no-names'])
    return new Set(text.split('\n').map((line) => line.trim()).filter((line) => line.includes('actions=')))
  }

  async deleteFlows(bridge = BRIDGE): Promise<void> {
    await this.#ofctl('del-flows', [], bridge)
  }

  close(): void {
    this.#switch?.close()
  }

  /** A bridge without a controller, and without flows until somebody adds some. */
  async addBridge(name: string): Promise<void> {
    const options = ['datapath_type=dummy', 'fail_mode=secure']
    const db = `--db=unix:${join(this.#dir, 'db.sock')}`
    await run(['ovs-vsctl', db, 'add-br', name, '--', 'set', 'bridge', name, ...options], this.environment)
  }

  /** Both retry every second (the least that the schema allows): a controller that comes back is found soon. */
  async #configure(socket: string, manager: string | undefined): Promise<void> {
    const init = ['ovs-vsctl', `--db=unix:${socket}`, '--no-wait', 'init'] as const
    const name = ['--', 'set', 'Open_vSwitch', '.', `external_ids:system-id=${this.name}`]
    if (manager === undefined) {
      await run([...init, ...name])
      return
    }
    // Dozens of hosts share few cores here: one that waits long for its turn is not dead, so no inactivity probe.
    const row = [`target="${manager}"`, 'max_backoff=1000', 'inactivity_probe=0']
    const create = ['--', '--id=@manager', 'create', 'Manager', ...row]
    await run([...init, ...name, ...create, '--', 'set', 'Open_vSwitch', '.', 'manager_options=@manager'])
  }

  #daemon(kind: 'host_ovsdb' | 'ovs_vswitchd', program: string, args: readonly string[]): void {
    const quiet = ['-vconsole:off', '-vsyslog:off', '-vfile:warn', `--log-file=${join(this.#dir, `${program}.log`)}`]
    const argv = [program, ...args, `--unixctl=${this.#control(program)}`, ...quiet]
    this.#processes.start(kind, argv, join(this.#dir, `${program}.out`), this.environment)
  }

  #control(program: string): string {
    return join(this.#dir, `${program}.ctl`)
  }

  /** What points the tools of OVS at this host. */
  get environment(): NodeJS.ProcessEnv {
    const dir = this.#dir
    return { OVS_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir, OVS_SYSCONFDIR: dir }
  }

  async #appears(path: string): Promise<void> {
    await until(path, 30, 0.005, () => {
      this.#processes.check()
      return existsSync(path)
    })
  }

  #ofctl(command: string, options: readonly string[] = [], bridge = BRIDGE): Promise<string> {
    const target = `unix:${join(this.#dir, `${bridge}.mgmt`)}`
    return run(['ovs-ofctl', '-O', 'OpenFlow14', ...options, command, target], this.environment)
  }
}

/** All hosts of a run, started. */
export async function startHosts(
  count: number,
  work: string,
  manager: string | undefined,
  processes: Processes,
): Promise<SiteHost[]> {
  if (!existsSync(SCHEMA)) throw new BenchError(`${SCHEMA} is missing: install the Debian package openvswitch-switch`)
  const database = join(work, 'empty.db')
  await run(['ovsdb-tool', 'create', database, SCHEMA])
  const hosts = Array.from({ length: count }, (_, number) => new SiteHost(number, work, processes))
  for (const host of hosts) await host.start(database, manager)
  return hosts
}

export async function ovsVersion(): Promise<string> {
  return /\d+\.\d+\.\d+/.exec(await run(['ovs-vswitchd', '--version']))?.[0] ?? 'unknown'
}
