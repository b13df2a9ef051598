/** Debugging of flows: how they are understood, and how they would be sent. */
import {
  encodeMessage,
  firstProtocol,
  flowModOf,
  formatBytes,
  parseFlowFor,
  type ParsedFlow,
  PROTOCOLS,
  type Protocols,
  protocolsToString,
  TextError,
  versionOfProtocol,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../errors.js'
import { linesOf, readText } from '../files.js'

/** Prints the flow-mods as they would be sent in the first flow format that all of them can have. @throws FatalError */
function printFlows(run: Run, flows: readonly ParsedFlow[]): void {
  const usable = flows.reduce<Protocols>((set, flow) => set & flow.usable, PROTOCOLS.ANY)
  run.print(`usable protocols: ${protocolsToString(usable)}\n`)
  const chosen = firstProtocol(usable & run.options.protocols)
  if (chosen === PROTOCOLS.NONE) throw new FatalError('no usable protocol')
  run.print(`chosen protocol: ${protocolsToString(chosen)}\n`)
  flows.forEach((flow, i) => {
    const bytes = encodeMessage(flowModOf('add', flow, chosen), versionOfProtocol(chosen), i + 1)
    run.print(formatBytes(bytes, { verbosity: run.options.verbosity }))
  })
}

const parseFlow: Command = {
  name: 'parse-flow',
  usage: 'FLOW',
  help: 'print how FLOW is understood and would be sent',
  min: 1,
  max: 1,
  run(run) {
    const [text = ''] = run.args
    printFlows(run, [parseFlowFor('add', text)])
    return Promise.resolve()
  },
}

async function readFlows(run: Run, file: string): Promise<ParsedFlow[]> {
  const flows: ParsedFlow[] = []
  for (const [number, line] of linesOf(await readText(run.io, file))) {
    try {
      flows.push(parseFlowFor('add', line))
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  }
  return flows
}

const parseFlows: Command = {
  name: 'parse-flows',
  usage: 'FILE',
  help: 'print how the flows of FILE are understood and would be sent',
  min: 1,
  max: 1,
  async run(run) {
    const [file = '-'] = run.args
    printFlows(run, await readFlows(run, file))
  },
}

export const PARSE_FLOWS: readonly Command[] = [parseFlow, parseFlows]
