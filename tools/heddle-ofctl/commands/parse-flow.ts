/** Debugging of flows: how they are understood, and how they would be sent. */
import {
  encodeMessage,
  firstProtocol,
  flowModOf,
  formatBytes,
  parseFlowFor,
  PROTOCOLS,
  type Protocols,
  protocolsToString,
  versionOfProtocol,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { readBytes } from '../files.js'
import { printFlowFile } from '../flow-print.js'

/** The first flow format that all flows can have; says what there is to choose from. @throws FatalError */
function choose(run: Run, usable: Protocols): Protocols {
  run.print(`usable protocols: ${protocolsToString(usable)}\n`)
  const chosen = firstProtocol(usable & run.options.protocols)
  if (chosen === PROTOCOLS.NONE) throw new FatalError('no usable protocol')
  run.print(`chosen protocol: ${protocolsToString(chosen)}\n`)
  return chosen
}

/** The xid of the only message. */
const XID = 1

const parseFlow: Command = {
  name: 'parse-flow',
  usage: 'FLOW',
  help: 'print how FLOW is understood and would be sent',
  min: 1,
  max: 1,
  run(run) {
    const [text = ''] = run.args
    const flow = parseFlowFor('add', text)
    const protocol = choose(run, flow.usable)
    const bytes = encodeMessage(flowModOf('add', flow, protocol), versionOfProtocol(protocol), XID)
    run.print(formatBytes(bytes, { verbosity: run.options.verbosity }))
    return Promise.resolve()
  },
}

const parseFlows: Command = {
  name: 'parse-flows',
  usage: 'FILE',
  help: 'print how the flows of FILE are understood and would be sent',
  min: 1,
  max: 1,
  async run(run) {
    const [file = '-'] = run.args
    const { verbosity, protocols: allowed } = run.options
    const { usable, texts, failure } = printFlowFile(file, await readBytes(run.io, file), { allowed, verbosity })
    choose(run, usable)
    for (const text of texts) run.printBytes(text)
    if (failure !== undefined) throw new FatalError(failure)
  },
}

export const PARSE_FLOWS: readonly Command[] = [parseFlow, parseFlows]
