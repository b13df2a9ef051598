import { encodeInstructions } from '../action/instruction-codec.js'
import { loadsOf } from '../action/set-field.js'
import { specByType } from '../action/table.js'
import type { Action } from '../action/types.js'
import { Writer } from '../binary.js'
import { PORTS } from '../ports.js'
import { fieldInfo } from '../spec/registry.js'
import { OF13 } from '../version.js'
import { type Flow, FLOW_FLAGS, flowKey } from './flow.js'

/** What a switch keeps of a list: the same whichever of several equal ways of saying it was sent. */
function canonical(actions: readonly Action[]): Action[] {
  return actions.flatMap(canonicalOne)
}

function canonicalOne(action: Action): readonly Action[] {
  switch (action.type) {
    // A set_field with a mask, some loads and, in OpenFlow 1.5, set_field for a load all do one thing.
    case 'set_field':
      return loadsOf(action.field, BigInt(action.value), BigInt(action.mask ?? fieldInfo(action.field).ones))
    case 'load': {
      const { field, ofs, n_bits } = action.dst
      return loadsOf(field, BigInt(action.value) << BigInt(ofs), ((1n << BigInt(n_bits)) - 1n) << BigInt(ofs))
    }
    case 'resubmit':
      return [{ ...action, table: action.table ?? 0xff }]
    case 'output':
      return action.port === PORTS.CONTROLLER ? [{ ...action, max_len: action.max_len ?? 0xffff }] : [action]
    case 'write_metadata':
      return action.mask === 0n ? [] : [{ ...action, value: action.value & action.mask }]
    case 'dec_ttl':
      return action.ids?.length === 1 && action.ids[0] === 0 ? [{ type: 'dec_ttl' }] : [action]
    case 'write_actions':
      return action.actions.length === 0 ? [] : [{ ...action, actions: canonical(action.actions) }]
    case 'ct':
    case 'clone':
      return [{ ...action, actions: canonical(action.actions) }]
    case 'unknown':
      return [action]
    default: {
      const lowered = specByType(action.type)?.lower?.(action, OF13)
      return lowered === undefined ? [action] : canonical(lowered)
    }
  }
}

const scratch = { a: new Writer(1024), b: new Writer(1024) }

/** Whether two lists do the same. Compared as bytes of one version, which every action has. */
export function sameActions(a: readonly Action[], b: readonly Action[]): boolean {
  // Mostly they are put alike, which is cheaper to find out.
  return a === b || sameBytes(a, b) || sameBytes(canonical(a), canonical(b))
}

function sameBytes(a: readonly Action[], b: readonly Action[]): boolean {
  scratch.a.reset()
  scratch.b.reset()
  encodeInstructions(scratch.a, a, OF13)
  encodeInstructions(scratch.b, b, OF13)
  return scratch.a.equals(scratch.b)
}

/** Flags that a switch remembers; the others say how a flow-mod is to be carried out. */
const KEPT = ['send_flow_rem', 'no_packet_counts', 'no_byte_counts'] as const

function keptFlags(flow: Flow): number {
  let bits = 0
  for (const flag of KEPT) if (flow.flags?.includes(flag) === true) bits |= FLOW_FLAGS[flag]
  return bits
}

/**
 * Whether two flows are alike: same table, priority and match, and same cookie, timeouts, importance, kept flags and
 * actions, however these are put.
 */
export function sameFlow(a: Flow, b: Flow): boolean {
  return (
    a.cookie === b.cookie &&
    (a.idle_timeout ?? 0) === (b.idle_timeout ?? 0) &&
    (a.hard_timeout ?? 0) === (b.hard_timeout ?? 0) &&
    (a.importance ?? 0) === (b.importance ?? 0) &&
    keptFlags(a) === keptFlags(b) &&
    flowKey(a) === flowKey(b) &&
    sameActions(a.actions, b.actions)
  )
}
