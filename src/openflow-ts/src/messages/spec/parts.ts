import { decodeActions, encodeActions } from '../../action/codec.js'
import { decodeInstructions, encodeInstructions } from '../../action/instruction-codec.js'
import type { Action } from '../../action/types.js'
import { DecodeError, EncodeError } from '../../errors.js'
import { FLOW_FLAGS } from '../../flow/flow.js'
import { decodeMatch, encodeMatch } from '../../match/oxm.js'
import type { Match } from '../../match/terms.js'
import { flagSet, type Layout, type OptionalLayout, u16, u32 } from '../layout.js'

export const NO_BUFFER = 0xffffffff
export const ANY_GROUP = 0xffffffff
export const ALL_GROUPS = 0xfffffffc
export const ALL_TABLES = 0xff
/** Counters that a switch does not keep. */
export const UNKNOWN_U64 = 0xffffffffffffffffn

/** A match with its header and padding. */
export const matchLayout: Layout<Match> = {
  write(w, value, scope) {
    encodeMatch(w, value, scope.version)
  },
  read: (r, scope) => decodeMatch(r, scope.version),
}

/** Instructions to the end. */
export const instructions: Layout<readonly Action[]> = {
  write(w, value, scope) {
    encodeInstructions(w, value, scope.version)
  },
  read: (r, scope) => decodeInstructions(r, r.remaining, scope.version),
}

/** Actions to the end. */
export const actionsToEnd: Layout<readonly Action[]> = {
  write(w, value, scope) {
    encodeActions(w, value, scope.version)
  },
  read: (r, scope) => decodeActions(r, r.remaining, scope.version),
}

/** `T` in as many bytes as the 16 bits before it say, `gap` bytes after these. */
export const counted = <T>(layout: Layout<T>, gap: number, reply: string): Layout<T> => ({
  write(w, value, scope) {
    const at = w.length
    w.u16(0)
    w.zeros(gap)
    const start = w.length
    layout.write(w, value, scope)
    if (w.length - start > 0xffff) throw new EncodeError(`${w.length - start} bytes do not fit in a length of 16 bits`)
    w.patch16(at, w.length - start)
  },
  read(r, scope) {
    const offset = r.offset
    const length = r.u16()
    r.skip(gap)
    if (length > r.remaining) {
      throw new DecodeError(`${length} bytes announced, ${r.remaining} there`, { offset, reply })
    }
    return layout.read(r.slice(length), scope)
  },
})

const none = <T>(layout: Layout<readonly T[]>): OptionalLayout<readonly T[]> => ({ ...layout, fallback: [] })

/** A list that may be left out. */
export const optionalList = none

export const flowFlags = { ...flagSet(u16, FLOW_FLAGS, 'OFPFMFC_BAD_FLAGS'), fallback: [] }

/** Time for which something is there. */
export const duration = { duration_sec: u32, duration_nsec: u32 } as const
