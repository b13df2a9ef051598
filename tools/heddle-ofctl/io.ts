import { buffer, text as readAll } from 'node:stream/consumers'

/** Where a command reads and prints: the process, or the strings of a test. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** All of standard input. */
  stdin(): Promise<string>
  /** The same, as bytes. */
  stdinBytes(): Promise<Buffer>
  /** Whether output goes to a terminal, where names are shown. */
  readonly isTerminal: boolean
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: () => readAll(process.stdin),
  stdinBytes: () => buffer(process.stdin),
  isTerminal: process.stdout.isTTY,
}

/** Keeps what is printed. */
export class CapturedIo implements Io {
  readonly isTerminal = false
  readonly #stdin: Buffer
  readonly #out: string[] = []
  readonly #err: string[] = []

  constructor(stdin: string | Buffer = '') {
    this.#stdin = Buffer.from(stdin)
  }

  out(text: string): void {
    this.#out.push(text)
  }

  err(text: string): void {
    this.#err.push(text)
  }

  stdin(): Promise<string> {
    return Promise.resolve(this.#stdin.toString())
  }

  stdinBytes(): Promise<Buffer> {
    return Promise.resolve(this.#stdin)
  }

  get stdout(): string {
    return this.#out.join('')
  }

  get stderr(): string {
    return this.#err.join('')
  }
}
