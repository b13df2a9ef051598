import { type FlowStats, formatMessage, parseFlowStatsRequest, printFlow } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { flowOrder } from '../sort.js'
import { printReplies } from './dump.js'

/** Whether names are printed, which like sorting and --no-stats takes the flows out of their messages. */
const showsNames = (run: Run): boolean => run.options.names ?? run.io.isTerminal

export const dumpFlows: Command = {
  name: 'dump-flows',
  usage: 'SWITCH [FLOW]',
  help: 'print all flow entries, or those that match FLOW',
  min: 1,
  max: 2,
  async run(run) {
    const { sort, stats } = run.options
    const inOrder = flowOrder(sort)
    const [, text] = run.args
    const filter = text === undefined ? {} : parseFlowStatsRequest(text, await run.names.toAccept(run.target))
    const replies = await run.ask({ type: 'FLOW_STATS_REQUEST', ...filter })
    if (sort.length === 0 && stats && !showsNames(run)) {
      await printReplies(run, replies)
      return
    }
    const context = await run.names.toShow(run.target)
    const flows: FlowStats[] = []
    for (const reply of replies) {
      if (reply.type === 'FLOW_STATS_REPLY') for (const entry of reply.entries) flows.push(entry)
      else run.print(formatMessage(reply, context))
    }
    if (sort.length > 0) flows.sort(inOrder)
    run.print(flows.map((flow) => ` ${printFlow(flow, context, stats)}\n`).join(''))
  },
}
