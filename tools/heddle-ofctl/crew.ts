import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type ResultOf, type Task, TASKS, type TaskName } from './crew-tasks.js'

const MAX_WORKERS = 3
/** Most of what a worker makes is short-lived: room for it makes collecting rare. */
const YOUNG_GENERATION_MB = 64
/** Tasks that a worker has at a time: the next is there when one is done. */
const AT_ONCE = 2
const WORKER = new URL('./crew-worker.js', import.meta.url)

export interface Job {
  readonly id: number
  readonly name: TaskName
  readonly input: unknown
}

export interface Answer {
  readonly id: number
  readonly value: unknown
}

interface Waiting {
  readonly id: number
  readonly name: TaskName
  /** Made when the work is begun. */
  input(): unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** This thread and others, one a core, that share tasks. Work is begun in the order in which it was given. */
export class Crew {
  readonly #workers: Worker[] = []
  readonly #queue: Waiting[] = []
  readonly #given = new Map<number, Waiting>()
  readonly #loads = new Map<Worker, number>()
  #jobs = 0
  #isHelping = false

  /** `size`: how many threads there may be work for. Threads bring nothing where this does not run from its build. */
  constructor(size = Number.POSITIVE_INFINITY) {
    const cores = Math.min(availableParallelism() - 1, MAX_WORKERS, size - 1)
    for (let i = 0; i < cores && existsSync(fileURLToPath(WORKER)); i++) this.#hire()
  }

  #hire(): void {
    const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } })
    this.#workers.push(worker)
    this.#loads.set(worker, 0)
    worker.on('message', ({ id, value }: Answer) => {
      this.#given.get(id)?.resolve(value)
      this.#given.delete(id)
      this.#loads.set(worker, (this.#loads.get(worker) ?? 1) - 1)
      this.#feed(worker)
    })
    worker.on('online', () => {
      this.#feed(worker)
    })
    worker.on('error', (error) => {
      for (const waiting of [...this.#given.values(), ...this.#queue]) waiting.reject(error)
    })
  }

  do<N extends TaskName>(name: N, input: () => Task<N>): Promise<ResultOf<N>> {
    return new Promise<unknown>((resolve, reject) => {
      this.#queue.push({ id: this.#jobs++, name, input, resolve, reject })
      for (const worker of this.#workers) if (this.#loads.get(worker) === 0) this.#feed(worker)
      void this.#help()
    }) as Promise<ResultOf<N>>
  }

  #feed(worker: Worker): void {
    for (let load = this.#loads.get(worker) ?? 0; load < AT_ONCE; load++) {
      const job = this.#queue.shift()
      if (job === undefined) return
      const { id, name } = job
      this.#given.set(id, job)
      this.#loads.set(worker, load + 1)
      worker.postMessage({ id, name, input: job.input() } satisfies Job)
    }
  }

  /** This thread does what nobody has taken; what the others say is heard in between. */
  async #help(): Promise<void> {
    if (this.#isHelping) return
    this.#isHelping = true
    await nextTurn()
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      try {
        job.resolve(TASKS[job.name](job.input() as never))
      } catch (error) {
        job.reject(error)
      }
      await nextTurn()
    }
    this.#isHelping = false
  }

  /** What nobody has begun is not done any more. */
  async dismiss(): Promise<void> {
    this.#queue.length = 0
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
