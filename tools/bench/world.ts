import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, type BenchPod, inParallel } from './api.js'
import { now, rest, until } from './clock.js'
import { Controller } from './controller.js'
import type { PodsOptions } from './options.js'
import { Plan, type PlannedPod } from './plan.js'
import { arrives, type Outcome, reach } from './probe.js'
import { Processes } from './processes.js'
import { log, sum } from './report.js'
import { type SiteHost, startHosts } from './site.js'

/** A pod of the same tenant on the same host, and one on another, where there are such. */
export interface Mates {
  readonly near: BenchPod | undefined
  readonly far: BenchPod | undefined
}

/** Everything that runs, and the pods that are in it. */
export class World {
  readonly options: PodsOptions
  readonly processes: Processes
  readonly plan: Plan
  readonly controller: Controller
  readonly hosts: readonly SiteHost[]
  readonly #work: string
  #pods: readonly BenchPod[] = []

  private constructor(
    options: PodsOptions,
    work: string,
    processes: Processes,
    controller: Controller,
    hosts: readonly SiteHost[],
  ) {
    this.options = options
    this.processes = processes
    this.plan = new Plan(options)
    this.controller = controller
    this.hosts = hosts
    this.#work = work
  }

  /** Hosts that run and dial a controller that is not there yet. */
  static async create(options: PodsOptions): Promise<World> {
    const work = await mkdtemp(join(tmpdir(), `heddle-bench-${process.pid}-`))
    const processes = new Processes()
    try {
      const { stepS, profileDir } = options
      const controller = await Controller.create({ processes, work, stepS, ...(profileDir !== undefined && { profileDir }) })
      log(`starting ${options.hosts} hosts`)
      const hosts = await startHosts(options.hosts, work, controller.manager, processes)
      return new World(options, work, processes, controller, hosts)
    } catch (error) {
      await processes.stop()
      await rm(work, { recursive: true, force: true })
      throw error
    }
  }

  async close(): Promise<void> {
    for (const host of this.hosts) host.close()
    await this.controller.close()
    await this.processes.stop()
    await rm(this.#work, { recursive: true, force: true })
  }

  get api(): Api {
    return this.controller.api
  }

  /** Those of the cold start: each later phase takes its own out again. */
  get pods(): readonly BenchPod[] {
    return this.#pods
  }

  /** Tenants, networks, hosts and the pods of the cold start, by the API. */
  async populate(): Promise<void> {
    const { hosts, tenants } = this.options
    for (let n = 0; n < tenants; n++) await this.api.createTenant(n)
    for (let n = 0; n < hosts; n++) await this.api.createHost(n)
    this.#pods = await inParallel(this.plan.initial(), (pod) => this.api.createPod(pod))
    await this.allRealized()
  }

  /** The time at which the API said that every host has all that is wanted. */
  allRealized(): Promise<number> {
    return until('all hosts are realized', this.options.stepS, 0.01, async () => {
      this.processes.check()
      const hosts = await this.api.hosts()
      return hosts.length === this.hosts.length && hosts.every(({ realized }) => realized)
    })
  }

  async remove(pods: readonly BenchPod[]): Promise<void> {
    await inParallel(pods, (pod) => this.api.deletePod(pod))
    await this.allRealized()
    await this.settle()
  }

  /** Waits until the daemons are idle, so that a phase starts clean and ends whole. */
  async settle(): Promise<void> {
    const idleS = 0.01 * this.hosts.length + 0.04
    const deadline = now() + 60
    let before = this.#worked()
    for (let quiet = 0; quiet < 2; ) {
      if (now() > deadline) {
        log('the daemons did not become idle within 60 s')
        return
      }
      await rest(0.5)
      const after = this.#worked()
      quiet = after - before <= idleS ? quiet + 1 : 0
      before = after
    }
  }

  mates(pod: PlannedPod): Mates {
    const same = this.#pods.filter(({ tenant, index }) => tenant === pod.tenant && index !== pod.index)
    return { near: same.find(({ host }) => host === pod.host), far: same.find(({ host }) => host !== pod.host) }
  }

  reach(a: BenchPod, b: BenchPod): Promise<Outcome> {
    return reach(this.hosts, a, b)
  }

  arrives(a: BenchPod, b: BenchPod): Promise<boolean> {
    return arrives(this.hosts, a, b)
  }

  async flowCounts(): Promise<number[]> {
    return Promise.all(this.hosts.map((host) => host.flowCount()))
  }

  /** Flow-mods and OVSDB transactions that the controller has sent since it started, by its own count. */
  async sent(): Promise<{ readonly flowMods: number; readonly transactions: number }> {
    const hosts = await this.api.hosts()
    return {
      flowMods: sum(hosts.map(({ flowMods }) => flowMods)),
      transactions: sum(hosts.map(({ transactions }) => transactions)),
    }
  }

  #worked(): number {
    return sum([...this.processes.cpu().values()].filter(({ kind }) => kind !== 'driver').map(({ seconds }) => seconds))
  }
}
