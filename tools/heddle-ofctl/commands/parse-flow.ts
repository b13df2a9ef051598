/** Debugging of flows: how they are understood, and how they would be sent. */
import { firstProtocol, parseFlowFor, PROTOCOLS, type Protocols, protocolsToString } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { Crew } from '../crew.js'
import { FatalError } from '../../cli/errors.js'
import { readText } from '../files.js'
import { type Chunk, chunksOf, FlowPrinter, type Printed } from '../flow-chunks.js'

/** The first flow format that all flows can have; says what there is to choose from. @throws FatalError */
function choose(run: Run, usable: Protocols): Protocols {
  run.print(`usable protocols: ${protocolsToString(usable)}\n`)
  const chosen = firstProtocol(usable & run.options.protocols)
  if (chosen === PROTOCOLS.NONE) throw new FatalError('no usable protocol')
  run.print(`chosen protocol: ${protocolsToString(chosen)}\n`)
  return chosen
}

function show(run: Run, { text, failure }: Pick<Printed, 'text' | 'failure'>): void {
  run.print(text)
  if (failure !== undefined) throw new FatalError(failure)
}

const parseFlow: Command = {
  name: 'parse-flow',
  usage: 'FLOW',
  help: 'print how FLOW is understood and would be sent',
  min: 1,
  max: 1,
  run(run) {
    const [text = ''] = run.args
    const flow = parseFlowFor('add', text)
    const printer = new FlowPrinter(choose(run, flow.usable), { flowsBefore: 0, verbosity: run.options.verbosity })
    printer.add(flow)
    show(run, printer)
    return Promise.resolve()
  },
}

/** All chunks printed, in order. @throws FatalError naming the first wrong line */
async function printAll(run: Run, file: string, chunks: readonly Chunk[], crew: Crew): Promise<void> {
  const { protocols: allowed, verbosity } = run.options
  let usable: Protocols = PROTOCOLS.ANY
  const print = async (chunk: Chunk): Promise<Printed> => {
    const printed = await crew.do('printChunk', () => ({ ...chunk, allowed, usable, verbosity }))
    if ('line' in printed) throw new FatalError(`${file}:${printed.line}: ${printed.message}`)
    usable &= printed.usable
    return printed
  }
  const all = await inOrder(chunks.map(print))
  const protocol = choose(run, usable)
  for (const [i, chunk] of chunks.entries()) {
    const before = all[i]
    show(run, before?.protocol === protocol ? before : await print(chunk))
  }
}

/** All results or, when some fail, the failure that is the first in order and not in time. */
async function inOrder<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

const parseFlows: Command = {
  name: 'parse-flows',
  usage: 'FILE',
  help: 'print how the flows of FILE are understood and would be sent',
  min: 1,
  max: 1,
  async run(run) {
    const [file = '-'] = run.args
    const chunks = [...chunksOf(await readText(run.io, file))]
    const crew = new Crew(chunks.length)
    try {
      await printAll(run, file, chunks, crew)
    } finally {
      await crew.dismiss()
    }
  },
}

export const PARSE_FLOWS: readonly Command[] = [parseFlow, parseFlows]
