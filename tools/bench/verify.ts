import type { BenchPod } from './api.js'
import { reach } from './probe.js'
import type { Report } from './report.js'
import type { World } from './world.js'

/** What the switches would do with packets: this must be a network, not mere flows. */
export async function verify(world: World, report: Report): Promise<void> {
  const [a] = world.pods
  if (a === undefined) return
  const { near, far } = world.mates(a)
  const other = world.pods.find(({ tenant }) => tenant !== a.tenant)
  const beside = world.pods.find(({ tenant, host }) => tenant !== a.tenant && host === a.host)
  const check = (name: string, seen: string, wanted: string): void => {
    report.put(`verify.${name}`, seen === wanted ? seen : `${seen} (WRONG, expected ${wanted})`)
  }
  const checkReach = async (name: string, to: BenchPod | undefined, wanted: string, source?: string, mac?: string) => {
    if (to === undefined) return
    const sender = { ...(source !== undefined && { source }), ...(mac !== undefined && { mac }) }
    check(name, await reach(world.hosts, a, to, sender), wanted)
  }
  await checkReach('same_tenant_other_host', far, 'tunnel')
  await checkReach('same_tenant_same_host', near, 'local')
  await checkReach('other_tenant', other, 'none')
  await checkReach('other_tenant_same_host', beside, 'none')
  await checkReach('forged_source', near, 'none', '10.250.0.1')
  await checkReach('forged_mac', near, 'none', undefined, '0a:00:00:00:00:01')
  if (far !== undefined) check('received_on_other_host', (await world.arrives(a, far)) ? 'local' : 'none', 'local')
}
