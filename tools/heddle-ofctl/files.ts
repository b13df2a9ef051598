import { readFile } from 'node:fs/promises'
import { describe, FatalError } from '../cli/errors.js'
import type { Io } from './io.js'

/** A line of a file, with its number from 1. */
export type Line = readonly [number: number, text: string]

/** All of a file, `-` for standard input. @throws FatalError, with `what` failed */
export async function readBytes(io: Io, file: string, what = 'open failed'): Promise<Buffer> {
  if (file === '-') return io.stdinBytes()
  try {
    return await readFile(file)
  } catch (error) {
    // What opens but cannot be read counts as empty, as with C's streams.
    if (describe(error) === 'Is a directory') return Buffer.alloc(0)
    throw new FatalError(`${file}: ${what} (${describe(error)})`)
  }
}

/** The same as text. */
export const readText = async (io: Io, file: string, what?: string): Promise<string> =>
  (await readBytes(io, file, what)).toString()

const NEWLINE = 10
/** As ovs-ofctl has it: a line of a carriage return alone is none. */
const BLANK = /^[ \t]*$/
const HASH = 35

export function stripComment(line: string): string {
  const comment = line.indexOf('#')
  return comment < 0 ? line : line.slice(0, comment)
}

/** Goes through the lines of a file that say something beside a comment. */
export class LineCursor {
  readonly source: Buffer
  /** Number of the line, from 1, and where it begins and ends. */
  number = 0
  from = 0
  to = -1

  constructor(source: Buffer) {
    this.source = source
  }

  /** Goes on to the next line. False when there is none. */
  next(): boolean {
    const { source } = this
    for (;;) {
      this.from = this.to + 1
      if (this.from >= source.length) return false
      const newline = source.indexOf(NEWLINE, this.from)
      this.to = newline < 0 ? source.length : newline
      this.number++
      if (this.#hasContent()) return true
    }
  }

  #hasContent(): boolean {
    const first = this.source[this.from] ?? 0
    if (first > 32 && first < 127) return first !== HASH
    return !BLANK.test(stripComment(this.text))
  }

  /** The line, with its comment. */
  get text(): string {
    return this.source.toString('utf8', this.from, this.to)
  }
}

/** The lines of a text without comments and empty ones. */
export function* linesOf(text: string): Generator<Line> {
  const cursor = new LineCursor(Buffer.from(text))
  while (cursor.next()) yield [cursor.number, stripComment(cursor.text)]
}
