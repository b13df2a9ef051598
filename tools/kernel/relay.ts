import { closeSync, openSync, readSync } from 'node:fs'
import type { Writable } from 'node:stream'

/** Passes on what a growing file holds, each byte once. */
export class Relay {
  readonly #file: number
  readonly #to: Pick<Writable, 'write'>
  readonly #buffer = Buffer.alloc(64 * 1024)
  #offset = 0

  constructor(path: string, to: Pick<Writable, 'write'>) {
    this.#file = openSync(path, 'r')
    this.#to = to
  }

  /** All that has come since the last time. */
  pass(): void {
    for (;;) {
      const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, this.#offset)
      if (length === 0) return
      this.#offset += length
      this.#to.write(Buffer.from(this.#buffer.subarray(0, length)))
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}
