import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../tools/lab/lab.js'

const PROGRAM = fileURLToPath(new URL('./prober.mjs', import.meta.url))

export interface Question {
  readonly protocol: 'TCP' | 'UDP'
  readonly address: string
  readonly port: number
  /** Milliseconds after which silence is an answer. */
  readonly wait: number
}

/** A process in a pod of the lab that serves ports and asks other pods, many at once. */
export class Prober {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (result: string) => void>()
  #asked = 0

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when its ports are served. `services`: 80/TCP, 53/UDP. */
  static start(lab: Lab, pod: string, services: readonly string[]): Promise<Prober> {
    const child = lab.startProcess(pod, [process.execPath, PROGRAM, ...services], { stdio: ['pipe', 'pipe', 'inherit'] })
    const prober = new Prober(child)
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => {
        reject(new Error(`the prober of ${pod} ended with ${code ?? 'a signal'}`))
      })
      if (child.stdout === null) throw new TypeError('the prober has no standard output')
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'ready') resolve(prober)
        else prober.#hear(JSON.parse(line) as { readonly id: number; readonly result: string })
      })
    })
  }

  /** `echoed`, `silent`, or an error code such as ECONNREFUSED. */
  ask(question: Question): Promise<string> {
    const id = this.#asked++
    this.#child.stdin?.write(`${JSON.stringify({ id, ...question })}\n`)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  #hear({ id, result }: { readonly id: number; readonly result: string }): void {
    this.#waiting.get(id)?.(result)
    this.#waiting.delete(id)
  }
}
