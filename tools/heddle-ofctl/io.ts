import { buffer, text as readAll } from 'node:stream/consumers'

/** Where a command reads and prints: the process, or the strings of a test. */
export interface Io {
  out(text: string): void
  /** The same as UTF-8, which is not changed afterwards. */
  outBytes(text: Buffer): void
  err(text: string): void
  /** All of standard input. */
  stdin(): Promise<string>
  /** The same, as bytes. */
  stdinBytes(): Promise<Buffer>
  /** Whether output goes to a terminal, where names are shown. */
  readonly isTerminal: boolean
}

/** So many characters are worth a system call of their own. */
const WRITE_CHARS = 64 * 1024

/** Standard output of the process; what is printed in one turn of the event loop is written at once. */
class ProcessOutput {
  #pending: string[] = []
  #chars = 0

  constructor() {
    process.once('exit', () => {
      this.flush()
    })
  }

  print(text: string): void {
    if (this.#chars === 0) {
      setImmediate(() => {
        this.flush()
      })
    }
    this.#pending.push(text)
    this.#chars += text.length
    if (this.#chars >= WRITE_CHARS) this.flush()
  }

  write(text: Buffer): void {
    this.flush()
    process.stdout.write(text)
  }

  flush(): void {
    if (this.#chars === 0) return
    process.stdout.write(this.#pending.join(''))
    this.#pending = []
    this.#chars = 0
  }
}

const output = new ProcessOutput()

export const processIo: Io = {
  out: (text) => {
    output.print(text)
  },
  outBytes: (text) => {
    output.write(text)
  },
  err: (text) => {
    // In the order in which it was said, where both go to the same place.
    output.flush()
    process.stderr.write(text)
  },
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

  outBytes(text: Buffer): void {
    this.#out.push(text.toString())
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
