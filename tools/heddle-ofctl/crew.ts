import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Chunk, Print, Understood } from './flow-chunks.js'

/** What a worker is told. The flows of a chunk stay with the worker that understood them. */
export type Job = { readonly id: number; readonly chunk: number } & (
  | { readonly what: 'understand'; readonly input: Chunk }
  | { readonly what: 'print'; readonly input: Print }
)

export interface Answer {
  readonly id: number
  readonly value: unknown
}

const MAX_WORKERS = 4
/** Most of what a worker makes is short-lived: room for it makes collecting rare. */
const YOUNG_GENERATION_MB = 64
const WORKER = new URL('./crew-worker.js', import.meta.url)

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Worker threads, one a core, that share the work on large files. */
export class Crew {
  readonly #workers: Worker[]
  readonly #waiting = new Map<number, Waiting>()
  #jobs = 0

  private constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => this.#hire())
  }

  /** Undefined where threads bring nothing: on one core, or when this program does not run from its build. */
  static assemble(): Crew | undefined {
    const count = Math.min(availableParallelism(), MAX_WORKERS)
    return count > 1 && existsSync(fileURLToPath(WORKER)) ? new Crew(count) : undefined
  }

  #hire(): Worker {
    const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } })
    worker.on('message', ({ id, value }: Answer) => {
      this.#waiting.get(id)?.resolve(value)
      this.#waiting.delete(id)
    })
    worker.on('error', (error) => {
      for (const waiting of this.#waiting.values()) waiting.reject(error)
      this.#waiting.clear()
    })
    return worker
  }

  understand(chunk: number, input: Chunk): Promise<Understood> {
    return this.#give({ id: this.#jobs++, chunk, what: 'understand', input }) as Promise<Understood>
  }

  print(chunk: number, input: Print): Promise<string> {
    return this.#give({ id: this.#jobs++, chunk, what: 'print', input }) as Promise<string>
  }

  #give(job: Job): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(job.id, { resolve, reject })
      this.#workers[job.chunk % this.#workers.length]?.postMessage(job)
    })
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
