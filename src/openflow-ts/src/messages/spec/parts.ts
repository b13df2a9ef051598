import { decodeActions, encodeActions } from '../../action/codec.js'
import { decodeInstructions, encodeInstructions } from '../../action/instruction-codec.js'
import type { Action } from '../../action/types.js'
import { DecodeError, EncodeError } from '../../errors.js'
import { FLOW_FLAGS, type FlowFlag } from '../../flow/flow.js'
import { decodeOfp11Match, encodeOfp11Match } from '../../match/ofp11.js'
import { decodeMatch, encodeMatch } from '../../match/oxm.js'
import type { Match } from '../../match/terms.js'
import { widenPort } from '../../ports.js'
import { OF10, OF11, OF12, type OfVersion } from '../../version.js'
import { type Layout, type OptionalLayout, u32 } from '../layout.js'
import { checkPort } from './port-number.js'

export const NO_BUFFER = 0xffffffff
export const ANY_GROUP = 0xffffffff
export const ALL_GROUPS = 0xfffffffc
export const ALL_TABLES = 0xff
/** Counters that a switch does not keep. */
export const UNKNOWN_U64 = 0xffffffffffffffffn

/** The type of a fixed match, which like OXM may come in all versions with matches of several types. */
const OFPMT_STANDARD = 0

/** A number of 32 bits that a switch does not tell. */
export const NOT_KNOWN = 0xffffffff

/** A match with its header and padding, OpenFlow 1.1+. */
export const matchLayout: Layout<Match> = {
  write(w, value, scope) {
    if (scope.version === OF11) encodeOfp11Match(w, value)
    else encodeMatch(w, value, scope.version)
  },
  read(r, scope) {
    const isFixed = r.remaining > 2 && r.peek16() === OFPMT_STANDARD
    return isFixed ? decodeOfp11Match(r) : decodeMatch(r, scope.version)
  },
}

/** A port of 16 bits as one of 32. */
export const port16: Layout<number> = {
  write(w, value) {
    w.u16(value & 0xffff)
  },
  read: (r) => widenPort(r.u16()),
}

/** A port of 32 bits that has a counterpart of 16. */
export const port32: Layout<number> = {
  write: (w, value, scope) => { u32.write(w, value, scope) },
  read(r) {
    const { offset } = r
    const port = r.u32()
    checkPort(port, offset)
    return port
  },
}

/** Instructions to the end. */
export const instructions: Layout<readonly Action[]> = {
  write(w, value, scope) {
    encodeInstructions(w, value, scope.version)
  },
  read: (r, scope) => decodeInstructions(r, r.remaining, scope.version, scope),
}

/** Actions to the end. */
export const actionsToEnd: Layout<readonly Action[]> = {
  write(w, value, scope) {
    encodeActions(w, value, scope.version)
  },
  read(r, scope) {
    const { offset, remaining } = r
    if (remaining % 8 !== 0) {
      throw new DecodeError(`${remaining} bytes of actions`, { offset, reply: 'OFPBRC_BAD_LEN' })
    }
    return decodeActions(r, remaining, scope.version, scope)
  },
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

/** Bits of the flags that versions know; before 1.3, none but these. */
const knownFlags = (version: OfVersion): number => (version < OF12 ? 3 : version === OF12 ? 7 : 31)
const FLAG_NAMES = Object.keys(FLOW_FLAGS) as FlowFlag[]
const FLAG_SETS: readonly (readonly FlowFlag[])[] = Array.from({ length: 32 }, (_, bits) =>
  FLAG_NAMES.filter((name) => (bits & FLOW_FLAGS[name]) !== 0),
)
const EMERGENCY = 4

type FlowFlags = readonly FlowFlag[]

/** Stand for flags that have no meaning, or none that is supported, until all else has been read. */
const UNKNOWN_FLAGS: FlowFlags = Object.freeze([])
const EMERGENCY_FLAGS: FlowFlags = Object.freeze([])

/** What is wrong with flags that `rawFlowFlags` has read. */
export function flagFault(flags: FlowFlags): 'emergency' | 'unknown' | undefined {
  if (flags === UNKNOWN_FLAGS) return 'unknown'
  return flags === EMERGENCY_FLAGS ? 'emergency' : undefined
}

/** Flags of a flow. Those that a version does not know are not sent; `flagFault` tells of them when they come. */
export const rawFlowFlags: OptionalLayout<FlowFlags> = {
  fallback: [],
  write(w, flags, { version }) {
    let bits = 0
    for (const name of flags) {
      if (!Object.hasOwn(FLOW_FLAGS, name)) throw new EncodeError(`unknown flag "${name}"`)
      bits |= FLOW_FLAGS[name]
    }
    w.u16(bits & knownFlags(version))
  },
  read(r, { version }) {
    const bits = r.u16()
    const unknown = bits & ~knownFlags(version)
    if (unknown === 0) return FLAG_SETS[bits] ?? UNKNOWN_FLAGS
    return version === OF10 && unknown === EMERGENCY ? EMERGENCY_FLAGS : UNKNOWN_FLAGS
  },
}

/** Time for which something is there. */
export const duration = { duration_sec: u32, duration_nsec: u32 } as const
