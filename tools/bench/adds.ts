import type { BenchPod } from './api.js'
import { now, rest } from './clock.js'
import { BenchError } from './errors.js'
import { Phase } from './phase.js'
import type { PlannedPod } from './plan.js'
import { log, type Report } from './report.js'
import type { Mates, World } from './world.js'

/** Between single adds: what trails behind ends, as between real pods. */
const PAUSE_S = 0.05
/** Between two looks at the switches. */
const POLL_S = 0.002

/** Pods one by one, timed by the controller's word, the answer to `?wait=realized`. Nobody disturbs the switches. */
export async function addPods(world: World, report: Report): Promise<void> {
  const { adds } = world.options
  if (adds === 0) return
  log(`pod_add: ${adds} single pods`)
  const pods: BenchPod[] = []
  const times: number[] = []
  const before = await world.sent()
  const phase = new Phase(world.processes)
  for (const planned of world.plan.more(adds)) {
    const start = now()
    pods.push(await world.api.createPod(planned, 'realized'))
    times.push(now() - start)
    await rest(PAUSE_S)
  }
  report.spread('pod_add_ms.realized', times)
  await world.settle()
  report.put('pod_add_count', adds)
  report.phase('pod_add', phase.end(), adds)
  const after = await world.sent()
  report.put('pod_add.flow_mods_per_pod', (after.flowMods - before.flowMods) / adds)
  report.put('pod_add.transactions_per_pod', (after.transactions - before.transactions) / adds)
  await world.remove(pods)
}

type Step = 'committed' | 'own_host' | 'other_host' | 'max' | 'everywhere'
const STEPS: readonly Step[] = ['committed', 'own_host', 'other_host', 'max', 'everywhere']

/** Pods one by one, timed by asking the switches again and again whether packets would get through. */
export async function probePods(world: World, report: Report): Promise<void> {
  const planned = world.plan.more(world.options.probes).filter((pod) => {
    const { near, far } = world.mates(pod)
    return near !== undefined && far !== undefined
  })
  if (planned.length === 0) return
  log(`probe: ${planned.length} single pods`)
  const pods: BenchPod[] = []
  const times: Record<Step, number>[] = []
  let lost = 0
  const phase = new Phase(world.processes)
  for (const next of planned) {
    const { pod, took, received } = await probe(world, next)
    pods.push(pod)
    times.push(took)
    if (!received) lost++
    await rest(PAUSE_S)
  }
  for (const step of STEPS) report.spread(`pod_add_ms.${step}`, times.map((took) => took[step]))
  report.put('probe_count', planned.length)
  report.put('probe.not_received_from_other_host', lost)
  await world.settle()
  report.phase('probe', phase.end(), planned.length)
  await world.remove(pods)
}

interface Probed {
  readonly pod: BenchPod
  /** Seconds since the API request. */
  readonly took: Readonly<Record<Step, number>>
  /** Whether, once up, what another host sends it would come out of its interface. */
  readonly received: boolean
}

/**
 * `own_host` (L): the pod's host lets a neighbour's packet out to it, and its own into the tunnel to another host.
 * `other_host` (R): a host with a pod of its network sends packets for it into the tunnel. `everywhere`: L, and R of
 * every host that has its network. Nobody can ask before the API's answer, which says the pod's address.
 */
async function probe(world: World, planned: PlannedPod): Promise<Probed> {
  const { near, far } = world.mates(planned) as Required<Mates>
  if (near === undefined || far === undefined) throw new BenchError('a pod without mates cannot be probed')
  const start = now()
  const pod = await world.api.createPod(planned)
  const committed = now()
  let own: number | undefined
  let other: number | undefined
  while (own === undefined || other === undefined) {
    if (own === undefined && (await reachesOwn(world, pod, near, far))) own = now()
    if (other === undefined && (await world.reach(far, pod)) === 'tunnel') other = now()
    if (own !== undefined && other !== undefined) break
    if (now() > start + world.options.stepS) throw new BenchError(`${pod.name} cannot be reached within ${world.options.stepS} s`)
    await rest(POLL_S)
  }
  const everywhere = Math.max(own, await reachedByAll(world, pod))
  const received = await world.arrives(far, pod)
  const took = { committed, own_host: own, other_host: other, max: Math.max(own, other), everywhere }
  return { pod, took: since(start, took), received }
}

async function reachesOwn(world: World, pod: BenchPod, near: BenchPod, far: BenchPod): Promise<boolean> {
  return (await world.reach(near, pod)) === 'local' && (await world.reach(pod, far)) === 'tunnel'
}

/** The time at which the last of the other hosts that have its network sent packets for it into the tunnel. */
async function reachedByAll(world: World, pod: BenchPod): Promise<number> {
  const mates = new Map<number, BenchPod>()
  for (const mate of world.pods) if (mate.tenant === pod.tenant && mate.host !== pod.host) mates.set(mate.host, mate)
  const deadline = now() + world.options.stepS
  for (const mate of mates.values()) {
    while ((await world.reach(mate, pod)) !== 'tunnel') {
      if (now() > deadline) throw new BenchError(`${pod.name} cannot be reached from ${mate.name}`)
      await rest(POLL_S)
    }
  }
  return now()
}

function since(start: number, times: Readonly<Record<Step, number>>): Record<Step, number> {
  return Object.fromEntries(Object.entries(times).map(([step, at]) => [step, at - start])) as Record<Step, number>
}
