/** Layouts that look at what they read or write, and refuse it. */
import { DecodeError, EncodeError } from '../errors.js'
import type { OfVersion } from '../version.js'
import type { Layout } from './layout.js'

/** Why a value is refused: in words, and the OFPERR to answer with. */
export interface Fault {
  readonly what: string
  readonly reply: string
}

export const fault = (what: string, reply: string): Fault => ({ what, reply })

/** Refuses values that `find` finds fault with when they are read; writes them nevertheless. */
export const judged = <T>(layout: Layout<T>, find: (value: T) => Fault | undefined): Layout<T> => ({
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read(r, scope) {
    const offset = r.offset
    const value = layout.read(r, scope)
    const found = find(value)
    if (found !== undefined) throw new DecodeError(found.what, { offset, reply: found.reply })
    return value
  },
})

/** Refuses what `find` finds fault with in the first `count` bytes, before anything behind them is looked at. */
export const judgedAhead = <T>(
  layout: Layout<T>,
  count: number,
  find: (head: Buffer, version: OfVersion) => Fault | undefined,
): Layout<T> => ({
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read(r, scope) {
    const { offset } = r
    const found = find(r.peek(count), scope.version)
    if (found !== undefined) throw new DecodeError(found.what, { offset, reply: found.reply })
    return layout.read(r, scope)
  },
})

/** Refuses values that `find` finds fault with, both ways. */
export const checked = <T>(layout: Layout<T>, find: (value: T) => Fault | undefined): Layout<T> => {
  const reader = judged(layout, find)
  return {
    write(w, value, scope) {
      const found = find(value)
      if (found !== undefined) throw new EncodeError(found.what)
      layout.write(w, value, scope)
    },
    read: (r, scope) => reader.read(r, scope),
  }
}
