import {
  ByteSink,
  flowStatsRequestOf,
  type FlowStats,
  FlowStatsPrinter,
  type FlowStatsRequest,
  parseFlowFor,
  printFlow,
  PROTOCOLS,
  type Protocols,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { PORTS_FIRST } from '../names.js'
import { inProtocol, settleForDump } from '../protocols.js'
import { flowOrder } from '../sort.js'
import type { Switch } from '../switch.js'
import { warmUpUntil } from '../warm-up.js'

interface Query {
  readonly request: FlowStatsRequest
  readonly usable: Protocols
}

/** What the optional argument asks for; all flows without it. */
async function queryOf(run: Run): Promise<Query> {
  const [, text = ''] = run.args
  if (text === '') return { request: {}, usable: PROTOCOLS.ANY }
  const flow = parseFlowFor('list', text, await run.names.toAccept(run.target, PORTS_FIRST))
  return { request: flowStatsRequestOf(flow), usable: alsoWithoutTableId(flow.usable) }
}

/** Requests name their table in every format. */
function alsoWithoutTableId(usable: Protocols): Protocols {
  const plain = (usable & PROTOCOLS.OF10_STD_TID) === 0 ? 0 : PROTOCOLS.OF10_STD
  const nxm = (usable & PROTOCOLS.OF10_NXM_TID) === 0 ? 0 : PROTOCOLS.OF10_NXM
  return usable | plain | nxm
}

/** The flows that a request asks for, as the entries of the replies. */
export async function* flowsOf(sw: Switch, request: FlowStatsRequest, protocol: Protocols): AsyncGenerator<FlowStats> {
  for await (const reply of sw.decoded(inProtocol({ type: 'FLOW_STATS_REQUEST', ...request }, protocol))) {
    if (reply.type === 'FLOW_STATS_REPLY') yield* reply.entries
  }
}

/** Replies as they are. */
async function dumpMessages(run: Run, type: 'FLOW_STATS_REQUEST' | 'AGGREGATE_STATS_REQUEST'): Promise<void> {
  const { request, usable } = await queryOf(run)
  await run.withSwitch(async (sw) => {
    const protocol = await settleForDump(sw, usable, run.options)
    const printer = new FlowStatsPrinter(await run.names.toShow(run.target, run.options.verbosity + 1))
    const replies = sw.parts(inProtocol({ type, ...request }, protocol))
    const first = replies.next()
    await warmUpUntil(first, sw.version)
    for (let next = await first; next.done !== true; next = await replies.next()) {
      const text = new ByteSink(2 * next.value.length)
      printer.print(next.value, text)
      run.printBytes(text.view())
    }
  })
}

/** Flows one by one: in order, with names, or without statistics. */
async function dumpEntries(run: Run): Promise<void> {
  const { sort, stats } = run.options
  const inOrder = flowOrder(sort)
  const { request, usable } = await queryOf(run)
  const flows: FlowStats[] = []
  await run.withSwitch(async (sw) => {
    const protocol = await settleForDump(sw, usable, run.options)
    for await (const flow of flowsOf(sw, request, protocol)) flows.push(flow)
  })
  if (flows.length === 0) return
  const context = await run.names.toShow(run.target, run.options.verbosity)
  if (sort.length > 0) flows.sort(inOrder)
  run.print(flows.map((flow) => ` ${printFlow(flow, context, stats)}\n`).join(''))
}

const dumpFlows: Command = {
  name: 'dump-flows',
  usage: 'SWITCH [FLOW]',
  help: 'print all flow entries, or those that match FLOW',
  min: 1,
  max: 2,
  async run(run) {
    const { sort, stats } = run.options
    if (sort.length === 0 && stats && !run.names.shown) await dumpMessages(run, 'FLOW_STATS_REQUEST')
    else await dumpEntries(run)
  },
}

const dumpAggregate: Command = {
  name: 'dump-aggregate',
  usage: 'SWITCH [FLOW]',
  help: 'print aggregate flow statistics',
  min: 1,
  max: 2,
  run: (run) => dumpMessages(run, 'AGGREGATE_STATS_REQUEST'),
}

export const FLOW_DUMPS: readonly Command[] = [dumpFlows, dumpAggregate]
