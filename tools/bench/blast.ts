import type { BenchPod } from './api.js'
import { log, type Report, sum } from './report.js'
import type { World } from './world.js'

/** Which hosts' flow tables does one pod change, and by how many flows? By the switches' tables, and by our count. */
export async function blastRadius(world: World, report: Report): Promise<void> {
  const { diffs } = world.options
  if (diffs === 0) return
  log('flows changed by one pod')
  const pods: BenchPod[] = []
  const hostsChanged: number[] = []
  const own: number[] = []
  const elsewhere: number[] = []
  const before = await world.sent()
  for (const planned of world.plan.more(diffs)) {
    const old = await tables(world)
    pods.push(await world.api.createPod(planned, 'realized'))
    await world.settle()
    const changes = (await tables(world)).map((table, n) => differing(old[n] ?? new Set(), table))
    hostsChanged.push(changes.filter((count) => count > 0).length)
    own.push(changes[planned.host] ?? 0)
    elsewhere.push(sum(changes) - (changes[planned.host] ?? 0))
  }
  const after = await world.sent()
  report.put('blast.hosts_changed_per_pod', sum(hostsChanged) / diffs, 2)
  report.put('blast.flows_changed_own_host', sum(own) / diffs, 1)
  report.put('blast.flows_changed_other_hosts', sum(elsewhere) / diffs, 1)
  report.put('blast.flow_mods_per_pod', (after.flowMods - before.flowMods) / diffs, 2)
  await world.remove(pods)
}

function tables(world: World): Promise<Set<string>[]> {
  return Promise.all(world.hosts.map((host) => host.flows()))
}

/** Flows that are in one of the two alone. */
function differing(before: ReadonlySet<string>, after: ReadonlySet<string>): number {
  const gone = [...before].filter((flow) => !after.has(flow)).length
  return gone + [...after].filter((flow) => !before.has(flow)).length
}
