/** A worker thread of a Crew: does what it is given, one task after the other. */
import { parentPort } from 'node:worker_threads'
import type { Answer, Job } from './crew.js'
import { TASKS } from './crew-tasks.js'

parentPort?.on('message', ({ id, name, input }: Job) => {
  const answer: Answer = { id, value: TASKS[name](input as never) }
  parentPort?.postMessage(answer)
})
