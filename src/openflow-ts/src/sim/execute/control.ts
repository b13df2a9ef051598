import type { Action } from '../../action/types.js'
import { formatActions } from '../../text/action-text.js'
import { PORTS } from '../../ports.js'
import type { Value } from '../../spec/fields.js'
import { fieldInfo } from '../../spec/registry.js'
import { executionOrder } from '../action-set.js'
import { CT_STATES } from '../conntrack.js'
import { slotOf } from '../packet.js'
import type { CtEffect, Effect } from '../result.js'
import type { ActionOf, Executors, Translation } from '../translation.js'
import { consultBits } from './fields.js'

const CT_FIELDS = [
  ...(['ct_state', 'ct_zone', 'ct_mark', 'ct_label', 'ct_nw_proto', 'ct_tp_src', 'ct_tp_dst'] as const),
  ...(['ct_nw_src', 'ct_nw_dst', 'ct_ipv6_src', 'ct_ipv6_dst'] as const),
].map(fieldInfo)

/** Makes the packet one that connection tracking has not seen. */
function forget(t: Translation): void {
  t.conntracked = false
  for (const info of CT_FIELDS) t.packet.write(info, info.wide ? 0n : 0)
}

const MARK = slotOf(fieldInfo('ct_mark'))
const LABEL = slotOf(fieldInfo('ct_label'))

/** Puts bits in the place of those that were consulted, which are returned. */
function take(t: Translation, slot: number, bits: Value): Value {
  const before = t.consulted[slot] ?? 0
  t.consulted[slot] = bits
  return before
}

/** What the actions within `ct` make of the connection; bits that they do not set stay as they are. */
function marks(t: Translation, action: ActionOf<'ct'>, last: boolean): Pick<CtEffect, 'mark' | 'label' | 'nat'> {
  const saved = [take(t, MARK, 0), take(t, LABEL, 0n)] as const
  const nat = action.actions.find((inner) => inner.type === 'nat')
  t.run(action.actions, last)
  const mask = Number(take(t, MARK, saved[0]))
  const labelMask = BigInt(take(t, LABEL, saved[1]))
  return {
    ...(mask === 0 ? {} : { mark: [(t.packet.get('ct_mark') & mask) >>> 0, mask] as const }),
    ...(labelMask === 0n ? {} : { label: [t.packet.get('ct_label') & labelMask, labelMask] as const }),
    ...(nat === undefined ? {} : { nat }),
  }
}

function zoneOf(t: Translation, zone: ActionOf<'ct'>['zone']): number {
  if (typeof zone === 'number') return zone
  consultBits(t, zone)
  return Number(t.packet.readBits(zone))
}

function track(t: Translation, action: ActionOf<'ct'>, last: boolean): void {
  const zone = zoneOf(t, action.zone)
  const packet = t.packet.clone()
  const committed = action.flags.includes('force') ? 'force' : 'commit'
  const effect: CtEffect = {
    type: 'ct',
    zone,
    ...(action.flags.length === 0 ? {} : { commit: committed }),
    ...marks(t, action, last),
    ...(action.alg === undefined ? {} : { alg: action.alg }),
    packet,
  }
  t.effects.push(effect)
  const resumes = action.table !== undefined
  const verdicts = t.options.ct?.track(effect, resumes) ?? [{ ct_state: CT_STATES.trk | CT_STATES.new }]
  if (action.table !== undefined) {
    const recirc_id = t.ids.next++
    const resumed = t.packet.clone().set('recirc_id', recirc_id).set('ct_zone', zone)
    t.effects.push({ type: 'recirc', id: recirc_id, why: 'ct', packet: resumed })
    const frozen = { table: action.table, stack: [...t.stack], actionSet: t.actionSet }
    t.forks.push({ recirc_id, zone, packet: resumed, effect, verdicts, frozen })
    const how = `The forked pipeline will be resumed at table ${action.table}.`
    t.report('detail', `A clone of the packet is forked to recirculate. ${how}`)
  }
  forget(t)
  t.report('detail', 'Sets the packet to an untracked state, and clears all the conntrack fields.')
}

/** Actions whose effect on the packet another action cannot take back, so that they need a copy of it. */
const IRREVERSIBLE = new Set<string>(['ct', 'meter', 'nat', 'output_trunc', 'encap', 'decap', 'dec_nsh_ttl'])
const isReversible = (actions: readonly Action[]): boolean => !actions.some(({ type }) => IRREVERSIBLE.has(type))

/** Calls `within` with a copy of all that actions can change; returns what was done within. */
function apart(t: Translation, within: () => void): Effect[] {
  const { packet, stack, actionSet, effects, wasMpls, conntracked } = t
  t.packet = packet.clone()
  t.stack = [...stack]
  t.effects = []
  within()
  const done = t.effects
  Object.assign(t, { packet, stack, actionSet, effects, wasMpls, conntracked })
  return done
}

function clone(t: Translation, actions: readonly Action[], last: boolean): void {
  if (isReversible(actions) || last) {
    const { packet, stack, actionSet } = t
    t.packet = packet.clone()
    t.stack = [...stack]
    t.run(actions, last)
    t.finish()
    Object.assign(t, { packet, stack, actionSet })
    return
  }
  const packet = t.packet.clone()
  const effects = apart(t, () => {
    t.run(actions, true)
    t.finish()
  })
  if (effects.length > 0) t.effects.push({ type: 'clone', packet, effects })
}

/**
 * Both ways, to the end: how long the packet is, is not known. As in OVS, the second way has the stack and the action
 * set that the first has left.
 */
function checkLength(t: Translation, { pkt_len, dst }: ActionOf<'check_pkt_larger'>, rest: readonly Action[]): void {
  const { stack, actionSet } = t
  t.stack = [...stack]
  const branch = (longer: number): Effect[] => {
    let left: Pick<Translation, 'stack' | 'actionSet'> = t
    const done = apart(t, () => {
      t.packet.writeBits(dst, longer)
      t.run(rest, true)
      t.finish()
      left = { stack: t.stack, actionSet: t.actionSet }
    })
    Object.assign(t, left)
    return done
  }
  const packet = t.packet.clone()
  const greater = branch(1)
  const after = t.exit
  t.exit = false
  const other = branch(0)
  t.exit = after
  Object.assign(t, { stack, actionSet })
  t.effects.push({ type: 'check_pkt_len', size: pkt_len, greater, other, packet })
}

function reportActionSet(t: Translation, verb: string): void {
  const list = executionOrder(t.actionSet)
  t.report('detail', `action set ${verb}${list.length === 0 ? ' empty' : `: ${formatActions(list)}`}`)
}

/** What a resubmit on the wire has in the place of a table it does not name. */
const THIS_TABLE = 255

const nothing = (): void => undefined

export const controlExecutors = {
  resubmit(t, { port, table, ct }, here) {
    const inPort = port === undefined || port === PORTS.IN_PORT ? {} : { inPort: port }
    const own = table === undefined || table === THIS_TABLE
    t.lookUp(own ? t.tableId : table, { ...inPort, ct: ct === true, last: here.last })
  },
  goto_table(t, { table_id }, here) {
    t.lookUp(table_id, { miss: true, last: here.last })
  },
  ct(t, action, here) {
    track(t, action, here.last)
  },
  /** Part of the ct that it stands in. */
  nat: nothing,
  ct_clear(t) {
    if (t.conntracked) {
      forget(t)
      t.effects.push({ type: 'ct_clear' })
    }
  },
  clone(t, { actions }, here) {
    clone(t, actions, here.last)
  },
  check_pkt_larger(t, action, here) {
    checkLength(t, action, here.rest)
    t.stopped = true
  },
  write_actions(t, { actions }) {
    t.writeActions(actions)
    reportActionSet(t, 'is')
  },
  clear_actions(t) {
    reportActionSet(t, 'was')
    t.actionSet = []
    t.actionSetHasGroup = false
    t.packet.set('actset_output', PORTS.UNSET)
  },
  exit(t) {
    t.exit = true
  },
  conjunction(t) {
    t.report('error', 'executing no-op conjunction action')
  },
  debug_recirc(t) {
    t.freeze('debug')
  },
  debug_slow(t) {
    t.slow = true
  },
  fin_timeout(t) {
    t.consult(fieldInfo('nw_proto'))
  },
  /** As in a trace of a packet that is not really there. */
  learn(t) {
    t.report('warn', 'suppressing side effects, so learn action ignored')
  },
  note: nothing,
  /** There are no collectors. */
  sample: nothing,
  meter: nothing,
} as const satisfies Executors

