/** Debugging of flows: how they are understood, and how they would be sent. */
import { firstProtocol, parseFlowFor, type ParsedFlow, PROTOCOLS, type Protocols, protocolsToString } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { Crew } from '../crew.js'
import { FatalError } from '../../cli/errors.js'
import { readText } from '../files.js'
import { type Chunk, chunksOf, printFlowMods, understand, type Understood } from '../flow-chunks.js'

/** The first flow format that all flows can have; says what there is to choose from. @throws FatalError */
function choose(run: Run, usable: Protocols): Protocols {
  run.print(`usable protocols: ${protocolsToString(usable)}\n`)
  const chosen = firstProtocol(usable & run.options.protocols)
  if (chosen === PROTOCOLS.NONE) throw new FatalError('no usable protocol')
  run.print(`chosen protocol: ${protocolsToString(chosen)}\n`)
  return chosen
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
    const protocol = choose(run, flow.usable)
    run.print(printFlowMods([flow], { protocol, firstXid: 1, verbosity: run.options.verbosity }))
    return Promise.resolve()
  },
}

/** How many flows there are, and the formats that all can have. @throws FatalError naming the first wrong line */
function total(file: string, chunks: readonly Understood[]): { counts: number[]; usable: Protocols } {
  let usable: Protocols = PROTOCOLS.ANY
  const counts: number[] = []
  for (const chunk of chunks) {
    if ('line' in chunk) throw new FatalError(`${file}:${chunk.line}: ${chunk.message}`)
    usable &= chunk.usable
    counts.push(chunk.count)
  }
  return { counts, usable }
}

function printAlone(run: Run, file: string, chunks: readonly Chunk[]): void {
  const flows: ParsedFlow[][] = chunks.map(() => [])
  const { usable } = total(file, chunks.map((chunk, i) => understand(chunk, flows[i] ?? [])))
  const protocol = choose(run, usable)
  run.print(printFlowMods(flows.flat(), { protocol, firstXid: 1, verbosity: run.options.verbosity }))
}

async function printTogether(run: Run, file: string, chunks: readonly Chunk[], crew: Crew): Promise<void> {
  const { counts, usable } = total(file, await Promise.all(chunks.map((chunk, i) => crew.understand(i, chunk))))
  const protocol = choose(run, usable)
  let firstXid = 1
  const texts = counts.map((count, i) => {
    const text = crew.print(i, { protocol, firstXid, verbosity: run.options.verbosity })
    firstXid += count
    return text
  })
  for (const text of await Promise.all(texts)) run.print(text)
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
    const crew = chunks.length > 1 ? Crew.assemble() : undefined
    if (crew === undefined) {
      printAlone(run, file, chunks)
      return
    }
    try {
      await printTogether(run, file, chunks, crew)
    } finally {
      await crew.dismiss()
    }
  },
}

export const PARSE_FLOWS: readonly Command[] = [parseFlow, parseFlows]
