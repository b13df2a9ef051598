import { availableParallelism, loadavg } from 'node:os'
import { addPods, probePods } from './adds.js'
import { blastRadius } from './blast.js'
import { addBulk } from './bulk.js'
import { coldStart, restart } from './cold-start.js'
import { BenchError } from './errors.js'
import { parsePodsOptions, type PodsOptions } from './options.js'
import { referenceCpuMs } from './reference.js'
import { log, Report, sum } from './report.js'
import { ovsVersion } from './site.js'
import { verify } from './verify.js'
import { World } from './world.js'

/** `bench pods`: cold start, single pods, many pods at once, on real Open vSwitch; see tools/bench/README.md. */
export async function benchPods(args: readonly string[]): Promise<void> {
  const options = parsePodsOptions(args)
  const report = new Report()
  const interruption = new Interruption(options.timeoutS)
  try {
    await describe(options, report)
    const world = await World.create(options)
    try {
      await Promise.race([measure(world, report), interruption.promise])
    } finally {
      await world.close()
    }
  } finally {
    interruption.cancel()
  }
}

async function measure(world: World, report: Report): Promise<void> {
  world.controller.start()
  await world.controller.ready()
  log(`creating ${world.options.hosts * world.options.podsPerHost} pods`)
  await world.populate()
  await world.settle()
  await coldStart(world, report)
  await verify(world, report)
  await addPods(world, report)
  await probePods(world, report)
  await blastRadius(world, report)
  await addBulk(world, report)
  sizes(world, report)
  await restart(world, report)
}

async function describe(options: PodsOptions, report: Report): Promise<void> {
  report.put('date', new Date().toISOString().replace(/:\d\d\.\d+Z$/, 'Z'))
  report.put('cores', availableParallelism())
  report.put('load_average_before', loadavg()[0] ?? 0, 2)
  report.put('reference_cpu_ms', referenceCpuMs(), 1)
  report.put('hosts', options.hosts)
  report.put('pods_per_host', options.podsPerHost)
  report.put('tenants', options.tenants)
  report.put('datapath', 'dummy')
  report.put('acl', 'none')
  report.put('placement', options.placement)
  report.put('version.node', process.versions.node)
  report.put('version.ovs-vswitchd', await ovsVersion())
}

function sizes(world: World, report: Report): void {
  report.put('pods_at_end', world.pods.length + world.options.bulk)
  for (const [kind, values] of world.processes.rssMib()) {
    report.put(`rss_mib.${kind}.mean`, sum(values) / values.length, 1)
    if (values.length === 1) continue
    report.put(`rss_mib.${kind}.max`, Math.max(...values), 1)
    report.put(`rss_mib.${kind}.total`, sum(values), 1)
  }
}

/** Rejects on SIGINT, SIGTERM and SIGHUP, and when the time is up. */
class Interruption {
  readonly promise: Promise<never>
  readonly cancel: () => void

  constructor(limitS: number) {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    let reject: (reason: BenchError) => void = () => undefined
    this.promise = new Promise((_resolve, refuse) => {
      reject = refuse
    })
    this.promise.catch(() => undefined)
    const onSignal = (signal: string): void => {
      reject(new BenchError(`interrupted by ${signal}`))
    }
    const timer = setTimeout(() => {
      reject(new BenchError(`the run took longer than ${limitS} s`))
    }, 1000 * limitS)
    for (const signal of signals) process.on(signal, onSignal)
    this.cancel = () => {
      clearTimeout(timer)
      for (const signal of signals) process.removeListener(signal, onSignal)
    }
  }
}
