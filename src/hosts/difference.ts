import { formatFlow } from 'openflow-ts'
import { TABLES } from '../../flows/index.js'
import type { HostDifference } from '../explain/verify.js'
import { diffFlows } from './diff-flows.js'
import type { HostSession } from './host-session.js'
import { diffMeters, dumpMeters } from './meters.js'

const TABLE_NAMES = new Map(Object.entries(TABLES).map(([name, { id }]) => [id, name]))

/** What a host has otherwise than is wanted, asked of the switch itself; undefined where nothing differs. */
export async function differenceOf(session: HostSession): Promise<HostDifference | undefined> {
  const { name: host, openflow } = session
  if (openflow === undefined) return { host, missing: [], extra: [], unreachable: 'no OpenFlow connection' }
  try {
    const [actual, meters] = await Promise.all([openflow.dumpFlows(), dumpMeters(openflow)])
    const { wanted } = session
    const flows = diffFlows(wanted.flows, actual)
    const { put, remove } = diffMeters(wanted.meters, meters)
    const ports = [...wanted.ports.keys()].flatMap((port) => {
      const problem = session.rows.portProblem(port)
      return problem === undefined ? [] : [`port ${port}: ${problem}`]
    })
    const limits = [...session.rows.qosProblems].map(([port, problem]) => `bandwidth of ${port}: ${problem}`)
    if (session.flows.meterProblem !== undefined) limits.push(session.flows.meterProblem)
    const text = (flow: Parameters<typeof formatFlow>[0]): string =>
      formatFlow(flow, { tableName: (table) => TABLE_NAMES.get(table) }).trim()
    const meterText = (mods: typeof put): string[] => mods.map((mod) => ('meter_id' in mod ? `meter ${mod.meter_id}` : mod.type))
    const missing = [...flows.add.map(text), ...meterText(put), ...ports, ...limits]
    const extra = [...flows.remove.map(text), ...meterText(remove)]
    return missing.length + extra.length === 0 ? undefined : { host, missing, extra }
  } catch (error) {
    return { host, missing: [], extra: [], unreachable: error instanceof Error ? error.message : String(error) }
  }
}
