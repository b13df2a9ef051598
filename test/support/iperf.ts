import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { labName, type PodAnswer, type World } from './world.js'

/** Traffic between pods of the lab by iperf3, for as long as one looks. How much it is, counters of the hosts say. */

export interface Load {
  /** TCP connections, each with as much as goes; default 1. */
  readonly connections?: number
  /** UDP instead. */
  readonly datagrams?: { readonly bytes: number; readonly perSecond: number }
}

const PORT = '5201'
const AS_LONG_AS_NEEDED = ['-t', '600']

/** Keeps what it starts, so that all of it ends with the test. */
export class Traffic {
  readonly #world: World
  readonly #processes = new Set<ChildProcess>()
  readonly #receivers = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  /** Sends until the function that it returns is called. */
  send(from: PodAnswer, to: PodAnswer, load: Load = {}): () => Promise<void> {
    this.#receive(to)
    const stop = new AbortController()
    const sent = this.#sendUntil(stop.signal, from, to, load)
    return async () => {
      stop.abort()
      await sent
    }
  }

  end(): void {
    for (const child of this.#processes) child.kill('SIGKILL')
  }

  #receive(pod: PodAnswer): void {
    const name = labName(pod.tenant, pod.name)
    if (this.#receivers.has(name)) return
    this.#receivers.add(name)
    this.#start(name, ['iperf3', '-s', '-p', PORT])
  }

  /** Once more whenever it ends: the receiver may not listen yet, or be busy with the end of another one. */
  async #sendUntil(stop: AbortSignal, from: PodAnswer, to: PodAnswer, load: Load): Promise<void> {
    const { connections = 1, datagrams } = load
    const udp = datagrams && ['-u', '-l', String(datagrams.bytes), '-b', String(datagrams.bytes * datagrams.perSecond * 8)]
    const argv = ['iperf3', '-c', to.status.address, '-p', PORT, ...AS_LONG_AS_NEEDED, '-P', String(connections), ...(udp ?? [])]
    while (!stop.aborted) {
      const child = this.#start(labName(from.tenant, from.name), argv)
      const kill = (): void => void child.kill('SIGKILL')
      stop.addEventListener('abort', kill)
      await once(child, 'exit')
      stop.removeEventListener('abort', kill)
      await sleep(100)
    }
  }

  #start(pod: string, argv: readonly string[]): ChildProcess {
    const child = this.#world.lab.startProcess(pod, argv, { stdio: 'ignore' })
    this.#processes.add(child)
    child.once('exit', () => this.#processes.delete(child))
    return child
  }
}
