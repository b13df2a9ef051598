import type { HostWanted } from '../compile/wanted.js'
import { Progress } from './progress.js'
import { type Clock, systemClock, Worker } from './worker.js'

/** Longest rest between passes under pressure; see Worker. */
const LONGEST_REST_MS = 150

export interface ChannelOptions {
  readonly wanted: () => HostWanted
  readonly onProgress: () => void
  readonly onError: (error: unknown) => void
  readonly clock?: Clock
}

/**
 * One side of a host, its rows or its flows, brought to what is wanted pass by pass. A pass handles what has changed since
 * the last one, or compares everything when `resyncDue`: at first, after a reconnect, and after any failure, since then it
 * is not known what the host took.
 */
export abstract class Channel {
  readonly progress = new Progress()
  protected readonly clock: Clock
  protected resyncDue = true
  readonly #options: ChannelOptions
  readonly #worker: Worker

  constructor(options: ChannelOptions) {
    this.#options = options
    this.clock = options.clock ?? systemClock
    const onError = (error: unknown): void => {
      this.resyncDue = true
      options.onError(error)
    }
    this.#worker = new Worker(() => this.pass(), onError, { clock: this.clock, longestRestMs: LONGEST_REST_MS })
  }

  /** Compares everything, whatever has been confirmed before. */
  resync(): void {
    this.resyncDue = true
    this.wake()
  }

  stop(): void {
    this.#worker.stop()
  }

  protected abstract pass(): Promise<void>

  protected wake(): void {
    this.#worker.wake()
  }

  protected get wanted(): HostWanted {
    return this.#options.wanted()
  }

  /** The host has confirmed everything up to `revision`. */
  protected confirm(revision: number): void {
    this.progress.confirm(revision)
    this.reportProgress()
  }

  protected reportProgress(): void {
    this.#options.onProgress()
  }
}
