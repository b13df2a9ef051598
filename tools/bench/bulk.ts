import { IN_FLIGHT, inParallel } from './api.js'
import { now } from './clock.js'
import { answer, onePerHostAndTenant, reportFlows, unreached } from './cold-start.js'
import { Phase } from './phase.js'
import { log, type Report } from './report.js'
import type { World } from './world.js'

/** Many pods, each a request of its own and durable when answered; until all are realized and the switches answer. */
export async function addBulk(world: World, report: Report): Promise<void> {
  const { bulk } = world.options
  if (bulk === 0) return
  log(`bulk: ${bulk} pods, ${IN_FLIGHT} requests in flight`)
  const phase = new Phase(world.processes)
  const before = await world.sent()
  const start = now()
  const pods = await inParallel(world.plan.more(bulk), (pod) => world.api.createPod(pod))
  const committed = now()
  const realized = await world.allRealized()
  const late = await unreached(world, onePerHostAndTenant(world, pods))
  const everywhere = late.length === 0 ? realized : await answer(world, late)
  report.put('bulk_pods', bulk)
  report.put('bulk_committed_s', committed - start)
  report.put('bulk_committed_pods_per_s', bulk / (committed - start), 1)
  report.put('bulk_realized_s', realized - start)
  report.put('bulk.without_path_when_realized', late.length)
  report.put('bulk_everywhere_s', everywhere - start)
  report.put('bulk_everywhere_pods_per_s', bulk / (everywhere - start), 1)
  await world.settle()
  report.phase('bulk', phase.end(), bulk)
  const after = await world.sent()
  report.put('bulk.flow_mods', after.flowMods - before.flowMods)
  report.put('bulk.transactions', after.transactions - before.transactions)
  await reportFlows(world, report, 'at_end')
}
