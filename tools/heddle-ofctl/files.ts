import { readFile } from 'node:fs/promises'
import { describe, FatalError } from '../cli/errors.js'
import type { Io } from './io.js'

/** A line of a file, with its number from 1. */
export type Line = readonly [number: number, text: string]

/** All of a file, `-` for standard input. @throws FatalError, with `what` failed */
export async function readText(io: Io, file: string, what = 'open failed'): Promise<string> {
  if (file === '-') return io.stdin()
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    // What opens but cannot be read counts as empty, as with C's streams.
    if (describe(error) === 'Is a directory') return ''
    throw new FatalError(`${file}: ${what} (${describe(error)})`)
  }
}

/** The lines of a text without comments and empty ones. */
export function* linesOf(text: string): Generator<Line> {
  let number = 0
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    number++
    const line = text.slice(at, end)
    at = end + 1
    const comment = line.indexOf('#')
    const content = comment < 0 ? line : line.slice(0, comment)
    if (content.trim() !== '') yield [number, content]
  }
}
