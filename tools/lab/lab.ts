import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  appctl,
  daemonPid,
  killDaemon,
  makeDatabase,
  ofctl,
  ovsEnvironment,
  startDaemon,
  startHost,
  vsctl,
  type DaemonName,
} from './daemons.js'
import { LabError } from './errors.js'
import { withLock } from './lock.js'
import {
  bridgeMac,
  checkInteger,
  checkLabName,
  maxHosts,
  namespaceOf,
  rootInterface,
  type UnderlayFamily,
  underlayAddress,
  uniqueLabName,
} from './names.js'
import { checkNothingThere, freeSubnet, makeLinks, makeNamespaces, removeNetwork } from './network.js'
import { checkPods, makePods, removePods } from './pods.js'
import { isOwnerAlive, ownerOf } from './processes.js'
import { eachLimited, environment, run, type RunOptions, type RunResult } from './run.js'
import {
  listLabs,
  readState,
  removeState,
  updateState,
  writeState,
  type Datapath,
  type LabHost,
  type LabPod,
  type LabState,
  type PodSpec,
} from './state.js'

export { LabError } from './errors.js'
export { type DaemonName } from './daemons.js'
export { type Datapath, type LabHost, type LabPod, type PodAddress, type PodSpec } from './state.js'
export { type RunOptions, type RunResult } from './run.js'

export interface LabOptions {
  /** 1 to 31 of a-z, 0-9, "-"; default: a unique one. */
  readonly name?: string
  /** Number of hosts, 1 to 250: h1, h2, … */
  readonly hosts: number
  /** Of every host; default netdev. `system` needs a kernel with the module openvswitch: see tools/kernel. */
  readonly datapath?: Datapath
  /** MTU of the underlay network in bytes; default 1500. */
  readonly underlayMtu?: number
  /** Whether the hosts' tunnel endpoints have IPv4 addresses (the default) or IPv6 ones. */
  readonly underlay?: UnderlayFamily
  /** Folder for databases, sockets and logs, which must not exist; default: a new one below os.tmpdir(). */
  readonly dir?: string
  /** Targets as of ovs-vsctl set-manager; `tcp:controller:6640` stands for the lab's own controllerAddress. */
  readonly managers?: readonly string[]
  /** True for a lab that is to outlive this process; else it counts as stale when the process has ended. */
  readonly detached?: boolean
  /** False leaves the switches' table of underlay neighbours empty, as on new hosts; default true. Userspace only. */
  readonly warmNeighbours?: boolean
}

export interface PingOptions {
  /** Echo requests sent; default 3. */
  readonly count?: number
  /** Seconds between them; default 0.2. */
  readonly interval?: number
  /** Seconds to wait for the last answer; default 1. */
  readonly timeout?: number
}

export interface PingResult {
  readonly sent: number
  readonly received: number
}

/**
 * Real Open vSwitch hosts on this machine: each a network namespace with its own ovsdb-server and ovs-vswitchd
 * (with the userspace or the kernel datapath) and a bridge br-phy that holds its uplink and its tunnel endpoint's address. Pods are
 * namespaces too, whose veth ends in the host's; which bridge that end is a port of is the controller's matter.
 * Needs root. Labs live side by side; each is known by its state file, so any process can load or remove it.
 */
export class Lab {
  #state: LabState

  private constructor(state: LabState) {
    this.#state = state
  }

  /** Makes a lab; when that fails, nothing of it is left. */
  static async up(options: LabOptions): Promise<Lab> {
    if (process.getuid?.() !== 0) throw new LabError('LAB_NOT_ROOT', 'a lab needs root: it makes network namespaces')
    const { managers = [], warmNeighbours = true } = options
    const planned = plan(options)
    const state = await withLock('labs', () => begin(planned))
    const lab = new Lab(state)
    try {
      await lab.#build(managers, warmNeighbours)
      return lab
    } catch (error) {
      await lab.down()
      throw error
    }
  }

  /** The lab of that name. Throws LAB_UNKNOWN. */
  static load(name: string): Promise<Lab> {
    return Promise.resolve().then(() => new Lab(readState(name)))
  }

  /** Names of all labs of this machine, made by any process. */
  static list(): string[] {
    return listLabs()
  }

  /** Removes all labs that nobody uses any more; returns their names. */
  static async downStale(): Promise<string[]> {
    const removed: string[] = []
    for (const name of Lab.list()) {
      const lab = await Lab.load(name)
      if (!lab.isStale()) continue
      await lab.down()
      removed.push(name)
    }
    return removed
  }

  get name(): string {
    return this.#state.name
  }

  /** Address of the root namespace on the management network: what the hosts' OVS connects to. */
  get controllerAddress(): string {
    return this.#state.controllerAddress
  }

  get dir(): string {
    return this.#state.dir
  }

  get hosts(): readonly LabHost[] {
    return this.#state.hosts
  }

  /** The pods as this object last knew them; those that another process adds are seen after `load`. */
  get pods(): readonly LabPod[] {
    return this.#state.pods
  }

  get underlayNamespace(): string {
    return this.#state.underlayNamespace
  }

  /** Throws LAB_UNKNOWN. */
  host(name: string): LabHost {
    const host = this.hosts.find((candidate) => candidate.name === name)
    if (!host) throw new LabError('LAB_UNKNOWN', `lab "${this.name}" has no host "${name}"`)
    return host
  }

  /** Throws LAB_UNKNOWN. */
  pod(name: string): LabPod {
    const pod = this.pods.find((candidate) => candidate.name === name)
    if (!pod) throw new LabError('LAB_UNKNOWN', `lab "${this.name}" has no pod "${name}"`)
    return pod
  }

  /** ovs-vsctl on the host's database; returns what it prints, throws LAB_COMMAND_FAILED. */
  vsctl(host: string, ...args: string[]): Promise<string> {
    return vsctl(this.host(host), args)
  }

  /** ovs-ofctl on the host; returns what it prints, throws LAB_COMMAND_FAILED. */
  ofctl(host: string, ...args: string[]): Promise<string> {
    return ofctl(this.host(host), args)
  }

  /** ovs-appctl to the host's ovs-vswitchd, such as `appctl('h1', 'ofproto/trace', 'br-int', 'in_port=1')`. */
  appctl(host: string, command: string, ...args: string[]): Promise<string> {
    return appctl(this.host(host), 'ovs-vswitchd', command, args)
  }

  /** Sets the managers of the host's database, such as `tcp:198.18.7.254:6640`; none removes them. */
  async setManager(host: string, ...targets: string[]): Promise<void> {
    const args = targets.length > 0 ? ['set-manager', ...targets] : ['del-manager']
    await this.vsctl(host, ...args)
  }

  /** Runs a program to its end in the namespace of a host or pod; its exit code is in the result. */
  exec(where: string, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { namespace, env } = this.#member(where)
    return run(['ip', 'netns', 'exec', namespace, ...argv], { ...options, env: { ...env, ...options.env } })
  }

  /** Starts a program in the namespace of a host or pod; the child's pid is the program's own. */
  startProcess(where: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const { namespace, env } = this.#member(where)
    return spawn('ip', ['netns', 'exec', namespace, ...argv], {
      ...options,
      env: { ...environment(), ...env, ...options.env },
    })
  }

  /** Pings from a host or pod. Throws LAB_COMMAND_FAILED when ping could not send at all. */
  async ping(where: string, address: string, options: PingOptions = {}): Promise<PingResult> {
    const { count = 3, interval = 0.2, timeout = 1 } = options
    const argv = ['ping', '-n', '-q', '-c', `${count}`, '-i', `${interval}`, '-W', `${timeout}`, address]
    const limit = (count * Math.max(interval, timeout) + 30) * 1000
    const { stdout, stderr } = await this.exec(where, argv, { timeout: limit })
    const summary = /(\d+) packets transmitted, (\d+) received/.exec(stdout)
    if (!summary) throw new LabError('LAB_COMMAND_FAILED', `ping ${address} from ${where}: ${stderr.trim()}`)
    return { sent: Number(summary[1]), received: Number(summary[2]) }
  }

  addPod(host: string, spec: PodSpec): Promise<void> {
    return this.addPods([{ host, ...spec }])
  }

  /** Makes pods, on any hosts, in one go; when that fails, none of them is left. */
  async addPods(specs: readonly (PodSpec & { readonly host: string })[]): Promise<void> {
    const pods = specs.map((spec) => ({
      ...spec,
      host: this.host(spec.host).name,
      namespace: namespaceOf(this.name, spec.name),
    }))
    if (pods.length === 0) return
    this.#state = await updateState(this.name, (state) => {
      checkPods(state, pods)
      return { ...state, pods: [...state.pods, ...pods] }
    })
    try {
      await makePods(this.hosts, pods)
    } catch (error) {
      await this.delPods(pods.map((pod) => pod.name))
      throw error
    }
  }

  delPod(name: string): Promise<void> {
    return this.delPods([name])
  }

  /** Removes pods with all that runs in them. Throws LAB_UNKNOWN, before any is removed. */
  async delPods(names: readonly string[]): Promise<void> {
    const pods = names.map((name) => this.pod(name))
    await removePods(pods)
    const gone = new Set(names)
    this.#state = await updateState(this.name, (state) => ({
      ...state,
      pods: state.pods.filter((pod) => !gone.has(pod.name)),
    }))
  }

  /** Pid of a host's daemon, while it runs. */
  daemonPid(host: string, which: DaemonName): number | undefined {
    return daemonPid(this.host(host), which)
  }

  /** Signals a daemon (default SIGKILL); returns when it is gone, for SIGKILL and SIGTERM. */
  killDaemon(host: string, which: DaemonName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    return killDaemon(this.host(host), which, signal)
  }

  /** Starts a daemon again on the database as it is; br-phy has its address again when this returns. */
  startDaemon(host: string, which: DaemonName): Promise<void> {
    return startDaemon(this.host(host), which)
  }

  /**
   * Tells a host's switch (default: every host's) the underlay MACs of the others, as their answers to ARP or ND would.
   * Without it a switch drops the first packets to a new tunnel peer while it asks. The entries live as long as
   * learnt ones (15 minutes) and are gone after a restart of ovs-vswitchd. Hosts with the kernel datapath need none:
   * the kernel keeps packets while it asks.
   */
  async warmNeighbours(host?: string): Promise<void> {
    const asked = host === undefined ? this.hosts : [this.host(host)]
    for (const { name } of asked.filter(({ datapath }) => datapath === 'netdev')) {
      for (const peer of this.hosts) {
        if (peer.name === name) continue
        await this.appctl(name, 'tnl/neigh/set', 'br-phy', peer.underlayAddress, peer.underlayMac)
      }
    }
  }

  /** True when nobody uses the lab: its process has ended, or ended while making it, or its namespaces are gone. */
  isStale(): boolean {
    const { owner, maker, underlayNamespace } = this.#state
    if (maker) return !isOwnerAlive(maker)
    if (owner && !isOwnerAlive(owner)) return true
    return !existsSync(`/run/netns/${underlayNamespace}`)
  }

  /**
   * Removes the lab: every process in its namespaces and its daemons (by pid), namespaces, links, files.
   * Works from the state file alone, so also after a crash, and does nothing when the lab is gone.
   */
  async down(): Promise<void> {
    let state: LabState
    try {
      // Another process may have added pods since.
      state = readState(this.name)
    } catch (error) {
      if (error instanceof LabError && error.code === 'LAB_UNKNOWN') return
      throw error
    }
    await withLock('labs', async () => {
      await removeNetwork(state)
      rmSync(state.dir, { recursive: true, force: true })
      removeState(state.name)
    })
    this.#state = { ...this.#state, pods: [] }
  }

  async #build(managers: readonly string[], warm: boolean): Promise<void> {
    const targets = managers.map((target) => target.replace(/:controller:/, `:${this.controllerAddress}:`))
    mkdirSync(this.dir, { mode: 0o700 })
    const database = join(this.dir, 'empty.db')
    await Promise.all([makeLinks(this.#state), makeDatabase(database)])
    await eachLimited(this.hosts, 4, (host) => startHost(host, database, this.#state.underlayMtu, targets))
    if (warm) await this.warmNeighbours()
    this.#state = await updateState(this.name, (state) => ({ ...state, maker: null }))
  }

  /** A host's or pod's namespace, and what its programs need to know. */
  #member(name: string): { readonly namespace: string; readonly env: Readonly<Record<string, string>> } {
    const host = this.hosts.find((candidate) => candidate.name === name || candidate.namespace === name)
    if (host) return { namespace: host.namespace, env: ovsEnvironment(host) }
    const pod = this.pods.find((candidate) => candidate.name === name || candidate.namespace === name)
    if (pod) return { namespace: pod.namespace, env: {} }
    throw new LabError('LAB_UNKNOWN', `lab "${this.name}" has no host or pod "${name}"`)
  }
}

/** The state of a lab as wished for, but for its management subnet, which `begin` chooses. */
function plan(options: LabOptions): LabState {
  const { name = uniqueLabName(), hosts: count, underlayMtu = 1500, underlay = 4, detached = false } = options
  const { datapath = 'netdev' } = options
  checkLabName(name)
  checkInteger('hosts', count, 1, maxHosts)
  checkInteger('underlayMtu', underlayMtu, 576, 65535)
  const dir = resolve(options.dir ?? join(tmpdir(), `heddle-lab-${name}`))
  if (Buffer.byteLength(dir) > 70) {
    throw new LabError('LAB_OPTION_INVALID', `dir "${dir}": more than 70 bytes leave no room for unix socket names`)
  }
  const self = ownerOf(process.pid)
  const hosts = Array.from({ length: count }, (_, i): LabHost => {
    const host = `h${i + 1}`
    const rundir = join(dir, host)
    return {
      name: host,
      namespace: namespaceOf(name, host),
      rundir,
      ovsdbSocket: join(rundir, 'db.sock'),
      managementAddress: `${i + 1}`,
      underlayAddress: underlayAddress(underlay, i + 1),
      underlayMac: bridgeMac(name, i + 1),
      datapath,
    }
  })
  return {
    version: 1,
    name,
    owner: detached ? null : self,
    maker: self,
    created: new Date().toISOString(),
    dir,
    underlayNamespace: namespaceOf(name, 'underlay'),
    rootInterface: rootInterface(name),
    controllerAddress: '',
    underlayMtu,
    hosts,
    pods: [],
  }
}

/** Chooses the subnet, writes the state file, then makes the namespaces; under the lock "labs". */
async function begin(planned: LabState): Promise<LabState> {
  const { name, dir } = planned
  if (listLabs().includes(name)) throw new LabError('LAB_EXISTS', `lab "${name}" exists already`)
  if (existsSync(dir)) throw new LabError('LAB_EXISTS', `folder ${dir} exists already`)
  checkNothingThere(planned)
  const subnet = await freeSubnet(name)
  const state = {
    ...planned,
    controllerAddress: `${subnet}.254`,
    hosts: planned.hosts.map((host) => ({ ...host, managementAddress: `${subnet}.${host.managementAddress}` })),
  }
  writeState(state)
  try {
    await makeNamespaces(state)
  } catch (error) {
    await removeNetwork(state)
    removeState(name)
    throw error
  }
  return state
}
