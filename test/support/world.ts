import { setTimeout as sleep } from 'node:timers/promises'
import { type Datapath, Lab } from '../../tools/lab/lab.js'
import { ControllerProcess } from './controller.js'

export interface PodAddress {
  readonly address: string
  readonly prefixLength: number
  readonly gateway: string
}

export interface PodAnswer {
  readonly tenant: string
  readonly network: string
  readonly name: string
  readonly host: string
  readonly status: {
    readonly address: string
    readonly addresses: readonly PodAddress[]
    readonly mac: string
    readonly interface: string
    readonly gateway: string
    readonly prefixLength: number
    readonly mtu: number
    readonly realized: boolean
    readonly reason?: string
    readonly ofport: number
  }
}

export interface HostAnswer {
  readonly name: string
  readonly status: {
    readonly connected: boolean
    readonly realized: boolean
    readonly reason?: string
    readonly flows: number
    readonly underlayProblems: readonly string[]
    readonly foreignFlows: number
    readonly sent: { readonly flowMods: number; readonly transactions: number }
  }
}

export interface WorldOptions {
  readonly underlay?: 4 | 6
  readonly datapath?: Datapath
  /** More of what the hosts' specs say. */
  readonly host?: object
  /** Flags of the controller. */
  readonly settings?: readonly string[]
}

/** A controller and a lab whose hosts have dialled in and are registered. */
export class World {
  readonly controller: ControllerProcess
  readonly lab: Lab

  private constructor(controller: ControllerProcess, lab: Lab) {
    this.controller = controller
    this.lab = lab
  }

  static async up(hosts: number, { settings, host = {}, ...labOptions }: WorldOptions = {}): Promise<World> {
    const controller = await ControllerProcess.start(settings)
    let lab: Lab | undefined
    try {
      lab = await Lab.up({ ...labOptions, hosts, managers: [`tcp:controller:${controller.ovsdbPort}`] })
      const world = new World(controller, lab)
      for (const { name, underlayAddress, datapath } of lab.hosts) {
        await controller.must('PUT', `/v1/hosts/${name}`, { tunnelAddress: underlayAddress, datapathType: datapath, ...host })
      }
      await world.untilHosts('connected')
      return world
    } catch (error) {
      await Promise.allSettled([controller.stop(), lab?.down()])
      throw error
    }
  }

  async down(): Promise<void> {
    await Promise.all([this.controller.stop(), this.lab.down()])
  }

  async network(tenant: string, network: string, spec: object): Promise<void> {
    await this.controller.must('PUT', `/v1/tenants/${tenant}`, {})
    await this.controller.must('PUT', `/v1/tenants/${tenant}/networks/${network}`, spec)
  }

  /** Stores a pod, starts it in the lab, and resolves when it is realized. */
  async pod(tenant: string, network: string, name: string, spec: { readonly host: string; readonly [field: string]: unknown }): Promise<PodAnswer> {
    const path = `/v1/tenants/${tenant}/networks/${network}/pods/${name}`
    const { host, status } = await this.controller.must<PodAnswer>('PUT', path, spec)
    await this.lab.addPod(host, { ...status, name: labName(tenant, name) })
    return await this.untilPod(path)
  }

  /** The same for several of one network, by name, at once. */
  async pods(
    tenant: string,
    network: string,
    specs: Readonly<Record<string, { readonly host: string; readonly [field: string]: unknown }>>,
  ): Promise<Record<string, PodAnswer>> {
    const pathOf = (name: string) => `/v1/tenants/${tenant}/networks/${network}/pods/${name}`
    const wanted: PodAnswer[] = []
    for (const [name, spec] of Object.entries(specs)) {
      wanted.push(await this.controller.must<PodAnswer>('PUT', pathOf(name), spec))
    }
    await this.lab.addPods(wanted.map(({ host, name, status }) => ({ ...status, host, name: labName(tenant, name) })))
    const pods = await Promise.all(wanted.map(({ name }) => this.untilPod(pathOf(name))))
    return Object.fromEntries(pods.map((pod) => [pod.name, pod]))
  }

  async untilPod(path: string): Promise<PodAnswer> {
    for (;;) {
      const pod = await this.controller.must<PodAnswer>('GET', path)
      if (pod.status.realized) {
        // To take up a port, Open vSwitch reads a link's flags and writes them back: that may undo the lab's `up` in between.
        await this.lab.exec(pod.host, ['ip', 'link', 'set', pod.status.interface, 'up'])
        return pod
      }
      await sleep(50)
    }
  }

  async hosts(): Promise<HostAnswer[]> {
    return (await this.controller.must<{ items: HostAnswer[] }>('GET', '/v1/hosts')).items
  }

  async untilHosts(what: 'connected' | 'realized'): Promise<HostAnswer[]> {
    for (;;) {
      const hosts = await this.hosts()
      if (hosts.every(({ status }) => status[what])) return hosts
      await sleep(50)
    }
  }

  /** Flow-mods sent to each host since the controller started. */
  async flowMods(): Promise<Record<string, number>> {
    return Object.fromEntries((await this.hosts()).map(({ name, status }) => [name, status.sent.flowMods]))
  }

  /** A host's flows as ovs-ofctl prints them, without counters. */
  async dumpFlows(host: string): Promise<string[]> {
    const text = await this.lab.ofctl(host, '--no-stats', 'dump-flows', 'br-int')
    return text.split('\n').filter((line) => line.includes('actions=')).sort()
  }

  /** Whether an answer comes back; the first packets of a new tunnel peer may be lost to underlay ARP. */
  async reaches(from: PodAnswer, address: string): Promise<boolean> {
    const { received } = await this.lab.ping(labName(from.tenant, from.name), address, { count: 3, interval: 0.2, timeout: 1 })
    return received > 0
  }
}

export function labName(tenant: string, name: string): string {
  return `${tenant}-${name}`
}

/** Labs need root; without it a suite says so and is skipped. */
export function skipUnlessRoot(suite: Mocha.Context): void {
  if (process.getuid?.() === 0) return
  process.stderr.write('SKIPPED: this suite makes network namespaces and needs root\n')
  suite.skip()
}
