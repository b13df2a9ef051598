import type { BenchPod } from './api.js'
import { now, rest, until } from './clock.js'
import { BenchError } from './errors.js'
import { Phase } from './phase.js'
import { log, type Report, sum } from './report.js'
import type { World } from './world.js'

/**
 * The store holds all pods, their interfaces are plugged, and the switches are without a flow. From the start of the
 * controller's process until it says that every host is realized and every switch lets one pod of each tenant there
 * reach a pod beside it and one on another host.
 */
export async function coldStart(world: World, report: Report): Promise<void> {
  await clearSwitches(world)
  log(`cold start with ${world.pods.length} pods`)
  const phase = new Phase(world.processes)
  const start = now()
  world.controller.start()
  const ready = await world.controller.ready()
  const connected = await until('all hosts are connected', world.options.stepS, 0.02, async () => {
    world.processes.check()
    return (await world.api.hosts()).every((host) => host.connected)
  })
  const realized = await world.allRealized()
  const sample = onePerHostAndTenant(world)
  const late = await unreached(world, sample)
  const answering = late.length === 0 ? realized : await answer(world, late)
  report.put('cold_start_s', answering - start)
  report.put('cold_start_s.api_ready', ready - start)
  report.put('cold_start_s.hosts_connected', connected - start)
  report.put('cold_start_s.hosts_realized', realized - start)
  report.put('cold_start_s.switches_answer', answering - start)
  report.put('cold_start_s.hosts_without_path_when_realized', new Set(late.map(({ host }) => host)).size)
  await world.settle()
  report.phase('cold_start', phase.end())
  report.put('cold_start.flow_mods', (await world.sent()).flowMods)
  await reportFlows(world, report, 'after_cold_start')
  const idle = new Phase(world.processes)
  await rest(3)
  const { byKind, wallS } = idle.end()
  report.put('idle.cpu_s_per_s', sum(Object.values(byKind)) / wallS)
}

/** A controller that is killed and started again while the switches have all their flows: nothing is to be sent. */
export async function restart(world: World, report: Report): Promise<void> {
  log('restart')
  // A process that is killed writes no profile.
  await world.controller.stop(world.options.profileDir === undefined ? 'SIGKILL' : 'SIGTERM')
  const phase = new Phase(world.processes)
  const start = now()
  world.controller.start()
  await world.controller.ready()
  const realized = await world.allRealized()
  const { flowMods, transactions } = await world.sent()
  report.put('restart_s.hosts_realized', realized - start)
  report.put('restart.flow_mods', flowMods)
  report.put('restart.transactions', transactions)
  await world.settle()
  report.phase('restart', phase.end())
}

export async function reportFlows(world: World, report: Report, when: string): Promise<void> {
  const counts = await world.flowCounts()
  report.put(`flows_per_host.${when}`, sum(counts) / counts.length, 0)
  report.put(`flows_total.${when}`, sum(counts))
}

/** Of each host one pod a tenant: what is asked of the switches where asking for every pod would take too long. */
export function onePerHostAndTenant(world: World, pods: readonly BenchPod[] = world.pods): BenchPod[] {
  const first = new Map<string, BenchPod>()
  for (const pod of pods) {
    const key = `${pod.host} ${pod.tenant}`
    if (!first.has(key)) first.set(key, pod)
  }
  return [...first.values()]
}

/** Those whose switch does not let them reach a pod beside them, or one on another host. */
export async function unreached(world: World, pods: readonly BenchPod[]): Promise<BenchPod[]> {
  const found: BenchPod[] = []
  for (const pod of pods) {
    const { near, far } = world.mates(pod)
    const there = near === undefined || (await world.reach(pod, near)) === 'local'
    if (!there || (far !== undefined && (await world.reach(pod, far)) !== 'tunnel')) found.push(pod)
  }
  return found
}

/** The time at which the last of the pods reached what it should. */
export async function answer(world: World, pods: readonly BenchPod[]): Promise<number> {
  let waiting = pods
  return until(`${pods.length} pods reach their mates`, world.options.stepS, 0.02, async () => {
    world.processes.check()
    waiting = await unreached(world, waiting)
    return waiting.length === 0
  })
}

async function clearSwitches(world: World): Promise<void> {
  const ended = await world.controller.stop()
  if (ended !== 0) throw new BenchError(`the controller ended with ${ended} after SIGTERM`)
  for (const host of world.hosts) await host.deleteFlows()
  const left = sum(await world.flowCounts())
  if (left !== 0) throw new BenchError(`${left} flows are left on switches that were cleared`)
  await world.settle()
}
