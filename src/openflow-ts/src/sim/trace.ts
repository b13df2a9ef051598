import type { NatAction } from '../action/types.js'
import { PORTS } from '../ports.js'
import { formatActions } from '../text/action-text.js'
import { type CtVerdict, parseCtState } from './conntrack.js'
import { EXECUTORS } from './execute/index.js'
import type { TraceOptions } from './options.js'
import type { Packet } from './packet.js'
import type { Condition, Effect, Output, Pass, Resumed, Step, Trace, Visit } from './result.js'
import type { SwitchModel } from './switch.js'
import { type Fork, type RecircIds, Translation } from './translation.js'

/** As many passes as a trace of OVS makes. */
const MAX_RECIRCULATIONS = 4096

type Draft = { -readonly [K in keyof Pass]: Pass[K] } & { resumed: Resumed[] }

/** Forks wait for their turn behind all that came before. */
interface Waiting {
  readonly fork: Fork
  readonly into: Resumed[]
}

/** What a switch would do with a packet. The switch is not changed; `options.ct` may be, by commits. */
export function trace(sw: SwitchModel, packet: Packet, options: TraceOptions = {}): Trace {
  const ids: RecircIds = { next: 1 }
  const queue: Waiting[] = []
  const next = [...(options.ctNext ?? [])]
  const first = onePass(sw, packet, options, ids, queue)
  for (let done = 0; done < MAX_RECIRCULATIONS; done++) {
    const waiting = queue.shift()
    if (waiting === undefined) break
    const given = next.shift()
    const verdicts: readonly CtVerdict[] =
      given === undefined ? waiting.fork.verdicts : [{ ct_state: parseCtState(given) }]
    const assumed = given === undefined && options.ct === undefined
    const how = { assumed, options, ids, queue }
    for (const verdict of verdicts) waiting.into.push(resume(sw, waiting.fork, verdict, how))
  }
  return { ...first, bridge: sw.name, outputs: outputsOf(first, []), tablesVisited: visitsOf(first) }
}

function onePass(
  sw: SwitchModel,
  packet: Packet,
  options: TraceOptions,
  ids: RecircIds,
  queue: Waiting[],
  fork?: Fork,
): Pass {
  const given = packet.clone()
  if (fork === undefined) given.set('actset_output', PORTS.UNSET)
  const t = new Translation(sw, given.clone(), options, EXECUTORS, ids)
  const bridge: Step = { type: 'bridge', text: `bridge("${sw.name}")`, steps: [] }
  t.under(bridge, () => {
    if (fork !== undefined) thaw(t, fork)
    t.begin(fork?.frozen.table ?? 0)
  })
  const pass: Draft = {
    packet: given,
    steps: [bridge],
    final: t.packet,
    effects: t.error === undefined ? t.effects : [],
    resumed: [],
    consulted: t.consulted,
    slow: t.slow,
    ...(t.error === undefined ? {} : { error: t.error }),
  }
  for (const one of t.forks) queue.push({ fork: one, into: pass.resumed })
  return pass
}

function thaw(t: Translation, { frozen }: Fork): void {
  const steps: Step[] = [{ type: 'thaw', text: `Resuming from table ${frozen.table}`, steps: [] }]
  t.conntracked = true
  t.stack = [...frozen.stack]
  if (frozen.actionSet.length > 0) {
    steps.push({ type: 'thaw', text: `Restoring action set: ${formatActions(frozen.actionSet)}`, steps: [] })
    t.packet.set('actset_output', PORTS.UNSET)
    t.writeActions(frozen.actionSet)
  }
  t.steps.push({ type: 'thaw', text: 'thaw', steps })
}

interface Resuming {
  readonly assumed: boolean
  readonly options: TraceOptions
  readonly ids: RecircIds
  readonly queue: Waiting[]
}

function resume(sw: SwitchModel, fork: Fork, verdict: CtVerdict, how: Resuming): Resumed {
  const before = fork.packet
  const packet = before.clone().set('ct_state', verdict.ct_state)
  if (verdict.mark !== undefined) packet.set('ct_mark', verdict.mark)
  if (verdict.label !== undefined) packet.set('ct_label', verdict.label)
  const { nat } = fork.effect
  if (nat !== undefined) translate(packet, nat)
  return {
    recirc_id: fork.recirc_id,
    zone: fork.zone,
    ct_state: verdict.ct_state,
    assumed: how.assumed,
    ...(nat === undefined ? {} : { nat: { before, after: packet, family: familyOf(nat) } }),
    pass: onePass(sw, packet, how.options, how.ids, how.queue, fork),
  }
}

const familyOf = (nat: NatAction): 'ipv4' | 'ipv6' | undefined =>
  nat.addr === undefined ? undefined : typeof nat.addr.min === 'bigint' ? 'ipv6' : 'ipv4'

const hasPorts = (packet: Packet): boolean => [6, 17, 132].includes(packet.get('nw_proto'))

/** As traces do: the first address and port of the range. */
function translate(packet: Packet, { kind, addr, port }: NatAction): void {
  if (kind === undefined || addr === undefined) return
  if (typeof addr.min === 'bigint') packet.set(kind === 'src' ? 'ipv6_src' : 'ipv6_dst', addr.min)
  else packet.set(kind === 'src' ? 'nw_src' : 'nw_dst', addr.min)
  if (port === undefined || port.min === 0 || !hasPorts(packet)) return
  packet.set(kind === 'src' ? 'tcp_src' : 'tcp_dst', port.min)
}

function outputsOf(pass: Pass, conditions: readonly Condition[]): Output[] {
  const outputs = effectOutputs(pass.effects, conditions)
  for (const { zone, ct_state, pass: more } of pass.resumed) {
    outputs.push(...outputsOf(more, [...conditions, { type: 'ct_state', zone, ct_state }]))
  }
  return outputs
}

function effectOutputs(effects: readonly Effect[], conditions: readonly Condition[]): Output[] {
  const outputs: Output[] = []
  for (const effect of effects) {
    if (effect.type === 'output') {
      const { port, packet, max_len } = effect
      outputs.push({ port, packet, ...(max_len === undefined ? {} : { max_len }), conditions })
    } else if (effect.type === 'clone') outputs.push(...effectOutputs(effect.effects, conditions))
    else if (effect.type === 'check_pkt_len') {
      const bytes = effect.size
      outputs.push(...effectOutputs(effect.greater, [...conditions, { type: 'longer', bytes }]))
      outputs.push(...effectOutputs(effect.other, [...conditions, { type: 'not_longer', bytes }]))
    }
  }
  return outputs
}

function visitsOf(pass: Pass): Visit[] {
  const visits: Visit[] = []
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.type === 'table') visits.push({ table_id: step.table_id, flow: step.flow })
      walk(step.steps)
    }
  }
  walk(pass.steps)
  return [...visits, ...pass.resumed.flatMap((one) => visitsOf(one.pass))]
}
