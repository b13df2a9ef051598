/** A worker thread of a Crew: does what it is told, one job after the other, and keeps the flows of its chunks. */
import { parentPort } from 'node:worker_threads'
import type { ParsedFlow } from 'openflow-ts'
import type { Answer, Job } from './crew.js'
import { printFlowMods, understand } from './flow-chunks.js'

const kept = new Map<number, ParsedFlow[]>()

function work(job: Job): unknown {
  if (job.what === 'understand') {
    const flows: ParsedFlow[] = []
    kept.set(job.chunk, flows)
    return understand(job.input, flows)
  }
  const flows = kept.get(job.chunk) ?? []
  kept.delete(job.chunk)
  return printFlowMods(flows, job.input)
}

parentPort?.on('message', (job: Job) => {
  const answer: Answer = { id: job.id, value: work(job) }
  parentPort?.postMessage(answer)
})
