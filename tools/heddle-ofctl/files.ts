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

const HASH = 35

/** Whether a line says anything beside its comment. */
export function hasContent(text: string, from: number, to: number): boolean {
  const first = text.charCodeAt(from)
  if (first > 32 && first < 127) return first !== HASH
  return stripComment(text.slice(from, to)).trim() !== ''
}

function stripComment(line: string): string {
  const comment = line.indexOf('#')
  return comment < 0 ? line : line.slice(0, comment)
}

/** The lines of a text without comments and empty ones. */
export function* linesOf(text: string): Generator<Line> {
  let number = 0
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    number++
    if (hasContent(text, at, end)) yield [number, stripComment(text.slice(at, end))]
    at = end + 1
  }
}
