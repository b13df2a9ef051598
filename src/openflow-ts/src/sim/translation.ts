import type { Action, ActionType } from '../action/types.js'
import type { Flow } from '../flow/flow.js'
import { or } from '../match/builder.js'
import { PORTS } from '../ports.js'
import type { Value } from '../spec/fields.js'
import { ETH_IPV4, ETH_IPV6 } from '../spec/prereqs.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'
import { executionOrder } from './action-set.js'
import { CONSULTED_BY, needsParsing, swapTuple, tunnelEnd } from './facts.js'
import { noBits, type Packet, slotOf } from './packet.js'
import type { CtVerdict } from './conntrack.js'
import type { CtEffect, Effect, RecircReason, Step } from './result.js'
import { actionStep, tableStep } from './steps.js'
import type { SwitchModel } from './switch.js'
import type { TraceOptions } from './options.js'

/** The limits of OVS: what is over them is dropped altogether. */
const MAX_DEPTH = 64
const MAX_RESUBMITS = MAX_DEPTH * MAX_DEPTH
const MAX_STACK_BYTES = 65536

/** Where an action stands. */
export interface Here {
  /** Nothing follows it, here or anywhere. */
  readonly last: boolean
  readonly rest: readonly Action[]
  readonly inBucket: boolean
}

type OfType<A, T> = A extends { readonly type: unknown } ? (T extends A['type'] ? A : never) : never
export type ActionOf<T extends ActionType> = OfType<Action, T>

/** Does one action. */
export type Executor<A extends Action> = (t: Translation, action: A, here: Here) => void
export type Executors = { readonly [T in ActionType]?: Executor<ActionOf<T>> }
/** What each action does. */
export type AllExecutors = Required<Omit<Executors, 'unknown'>> & Pick<Executors, 'unknown'>

/** Where a packet resumes that went through connection tracking. */
export interface Frozen {
  readonly table: number
  readonly stack: readonly (readonly [bytes: number, value: bigint])[]
  readonly actionSet: readonly Action[]
}

/** A packet that connection tracking returns. */
export interface Fork {
  readonly recirc_id: number
  readonly zone: number
  readonly packet: Packet
  readonly effect: CtEffect
  readonly verdicts: readonly CtVerdict[]
  readonly frozen: Frozen
}

/** Numbers that a datapath gives to what comes back to it; one count for all passes of a trace. */
export interface RecircIds {
  next: number
}

/** One pass of a packet through the tables of a switch, as OVS translates a flow to datapath actions. */
export class Translation {
  readonly sw: SwitchModel
  readonly options: TraceOptions
  readonly #executors: Executors
  readonly ids: RecircIds
  packet: Packet
  readonly consulted: Value[] = noBits()
  /** Where reports go: the steps within the flow or bucket that is being executed. */
  steps: Step[] = []
  effects: Effect[] = []
  readonly forks: Fork[] = []
  stack: (readonly [bytes: number, value: bigint])[] = []
  actionSet: Action[] = []
  /** From then on an output in the action set means nothing. */
  actionSetHasGroup = false
  inActionSet = false
  depth = 0
  #resubmits = 0
  tableId = 0
  flow: Flow | undefined
  exit = false
  /** Those that follow in the same list are not done. */
  stopped = false
  error: string | undefined
  slow = false
  /** Set when the rest must wait until the datapath knows more of the packet. */
  freezing: RecircReason | 'pause' | undefined
  /** The packet's last label was popped: what is under it, the datapath must find out. */
  wasMpls = false
  conntracked = false
  readonly originalPriority: number
  /** Where the packet's own tunnel ended, which it is not sent back to. */
  readonly arrivedAt: string

  constructor(sw: SwitchModel, packet: Packet, options: TraceOptions, executors: Executors, ids: RecircIds) {
    this.sw = sw
    this.options = options
    this.#executors = executors
    this.ids = ids
    this.packet = packet
    this.originalPriority = packet.get('skb_priority')
    this.arrivedAt = tunnelEnd(packet)
    for (const name of ['packet_type', 'in_port', 'eth_type', 'recirc_id'] as const) this.consult(fieldInfo(name))
    if (this.isIp) this.consult(fieldInfo('ip_frag'))
  }

  get isIp(): boolean {
    const type = this.packet.get('eth_type')
    return type === ETH_IPV4 || type === ETH_IPV6
  }

  /** Notes that the way depends on a field, or on these bits of it. */
  consult(info: FieldInfo, bits: Value = info.ones): void {
    const { view } = info
    if (view === undefined) {
      const slot = slotOf(info)
      this.consulted[slot] = or(this.consulted[slot] ?? 0, bits)
    } else for (const part of view.of) this.consult(part)
  }

  /** Whether the packet has the field. What that depends on is consulted. */
  has(info: FieldInfo): boolean {
    for (const name of CONSULTED_BY[info.prereq] ?? []) this.consult(fieldInfo(name))
    return info.prereqMet(this.packet.kind())
  }

  report(type: 'detail' | 'warn' | 'error', text: string): void {
    this.steps.push({ type, text, steps: [] })
  }

  /** Calls `within` with reports going under a step of their own. */
  under(step: Step, within: () => void): void {
    const outer = this.steps
    outer.push(step)
    this.steps = step.steps
    within()
    this.steps = outer
  }

  /** Stops all that follows; the packet will come back. */
  freeze(why: RecircReason | 'pause'): void {
    this.freezing = why
    this.exit = true
  }

  finishFreezing(): void {
    const why = this.freezing
    this.freezing = undefined
    if (why === undefined || why === 'pause') return
    this.effects.push({ type: 'recirc', id: this.ids.next++, why, packet: this.packet.clone() })
  }

  /** The end of a list of actions that stands for itself: its action set, or its freezing. */
  finish(): void {
    if (this.freezing === undefined) this.executeActionSet()
    if (this.freezing !== undefined) this.finishFreezing()
  }

  withinLimits(): boolean {
    if (this.depth >= MAX_DEPTH) return this.#fail(`over max translation depth ${MAX_DEPTH}`, 'Recursion too deep')
    if (this.#resubmits >= MAX_RESUBMITS) {
      return this.#fail(`over ${MAX_RESUBMITS} resubmit actions`, 'Too many resubmits')
    }
    const bytes = this.stack.reduce((sum, [size]) => sum + size + 1, 0)
    if (bytes >= MAX_STACK_BYTES) return this.#fail('resubmits yielded over 64 kB of stack', 'Stack too deep')
    return true
  }

  #fail(text: string, error: string): false {
    this.report('error', text)
    this.error = error
    return false
  }

  /** Looks the packet up in a table and executes what it finds, as resubmit and goto_table do. */
  lookUp(table: number, how: { inPort?: number; ct?: boolean; miss?: boolean; last: boolean }): void {
    if (this.wasMpls) {
      this.freeze('mpls')
      return
    }
    if (!this.withinLimits()) return
    const outer = { table: this.tableId, flow: this.flow }
    if (how.ct === true && (this.packet.get('ct_nw_proto') === 0 || !this.isIp)) {
      this.report('error', 'resubmit(ct) with non-tracked or non-IP packet!')
      return
    }
    this.tableId = table
    const key = this.#keyFor(how.inPort, how.ct === true)
    const found = this.#find(key, how.miss === true, how.ct === true)
    const deepens = table <= outer.table ? 1 : 0
    this.#resubmits++
    this.depth += deepens
    this.#under(table, found, () => {
      this.run(found.actions, how.last)
    })
    this.depth -= deepens
    this.tableId = outer.table
    this.flow = outer.flow
  }

  /** A whole pass, from this table on. */
  begin(table: number): void {
    this.tableId = table
    const found = this.#find(this.#keyFor(undefined, false), true, false)
    const inPort = this.sw.ports.get(this.packet.get('in_port'))
    this.#under(table, found, () => {
      if (inPort?.no_recv === true) return
      this.run(found.actions, true)
      if (this.error === undefined) this.finish()
    })
  }

  #under(table_id: number, { flow, why }: Found, within: () => void): void {
    this.flow = flow
    this.under(tableStep(table_id, flow, why), within)
  }

  /** The packet as a table sees it. */
  #keyFor(inPort: number | undefined, ct: boolean): Packet {
    const { packet } = this
    const fragment = this.isIp && packet.get('ip_frag') !== 0 && this.sw.frags === 'normal'
    if (inPort === undefined && !ct && !fragment) return packet
    const key = packet.clone()
    if (inPort !== undefined) key.set('in_port', inPort)
    if (fragment) key.set('tcp_src', 0).set('tcp_dst', 0)
    if (ct) swapTuple(key.values)
    return key
  }

  #find(key: Packet, honourMiss: boolean, ct: boolean): Found {
    if (this.isIp && key.get('ip_frag') !== 0 && this.sw.frags === 'drop') {
      return { why: 'Packets are IP fragments and the fragment handling mode is "drop".', flow: undefined, actions: [] }
    }
    if (ct) swapTuple(this.consulted)
    let flow: Flow | undefined
    let miss = this.sw.tableMiss.get(this.tableId) ?? 'drop'
    for (;;) {
      flow = this.sw.table(this.tableId)?.lookup(key, this.consulted)
      miss = this.sw.tableMiss.get(this.tableId) ?? 'drop'
      if (flow !== undefined || !honourMiss || miss !== 'continue' || this.tableId >= 253) break
      this.tableId++
    }
    if (ct) swapTuple(this.consulted)
    if (flow !== undefined) return { flow, actions: flow.actions, why: '' }
    if (honourMiss && miss === 'controller') {
      const actions: Action[] = [{ type: 'controller', max_len: 0xffff, reason: 'no_match', id: 0 }]
      return { flow, actions, why: 'No match, and a "packet-in" is called for.' }
    }
    return { flow, actions: [], why: 'No match.' }
  }

  /** Executes a list of actions. */
  run(actions: readonly Action[], last: boolean, inBucket = false): void {
    if (actions.length === 0) {
      this.steps.push({ type: 'action', action: undefined, text: 'drop', steps: [] })
      return
    }
    for (const [i, action] of actions.entries()) {
      if (this.error !== undefined) break
      if (this.wasMpls && !this.exit && needsParsing(action)) this.freeze('mpls')
      if (this.exit) break
      const isLast = last && i === actions.length - 1 && this.actionSet.length === 0
      const here = { last: isLast, rest: actions.slice(i + 1), inBucket }
      this.steps.push(actionStep(action))
      this.#one(action, here)
      if (this.stopped) break
    }
    this.stopped = false
  }

  #one<T extends ActionType>(action: ActionOf<T> & { readonly type: T }, here: Here): void {
    const executor: Executor<ActionOf<T>> | undefined = this.#executors[action.type]
    if (executor !== undefined) {
      executor(this, action, here)
      return
    }
    this.report('error', `${action.type} is not simulated`)
    this.error = `Unknown action ${action.type}`
  }

  executeActionSet(): void {
    const list = executionOrder(this.actionSet)
    this.actionSet = []
    if (list.length === 0) return
    this.inActionSet = true
    this.under({ type: 'action_set', text: '--. Executing action set:', steps: [] }, () => {
      this.run(list, true)
    })
    this.inActionSet = false
  }

  /** Adds to the action set, and says in actset_output where that sends the packet. */
  writeActions(actions: readonly Action[]): void {
    for (const action of this.actionSetHasGroup ? [] : actions) {
      if (action.type === 'output') this.packet.set('actset_output', action.port)
      else if (action.type === 'group') {
        this.packet.set('actset_output', PORTS.UNSET)
        this.actionSetHasGroup = true
        break
      }
    }
    this.actionSet = [...this.actionSet, ...actions]
  }
}

interface Found {
  readonly flow: Flow | undefined
  readonly actions: readonly Action[]
  /** Why there is no flow. */
  readonly why: string
}
