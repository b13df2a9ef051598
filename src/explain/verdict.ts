import type { Flow, Packet, Pass, Step, Trace } from 'openflow-ts'
import type { Hop } from './fabric.js'
import { tableName } from './tables.js'

/** What became of a packet. */
export type Verdict =
  | { readonly result: 'delivered'; readonly host: string; readonly pod: string; readonly packet: Packet }
  /** The router sent something back to the pod that the packet came from. */
  | { readonly result: 'answered'; readonly host: string; readonly packet: Packet }
  | Dropped
  /** Given to the controller, and to nobody else. */
  | { readonly result: 'controller'; readonly host: string; readonly table: string; readonly flow?: Flow }
  | { readonly result: 'looped'; readonly hosts: readonly string[] }

export interface Dropped {
  readonly result: 'dropped'
  readonly host: string
  /** Absent where it came to no table. */
  readonly table?: string
  readonly flow?: Flow
  /** Where it was more than a flow that says so. */
  readonly why?: string
}

/** Of several ends that of the packet which got farthest. */
const RANK: Readonly<Record<Verdict['result'], number>> = { looped: 0, delivered: 1, answered: 2, controller: 3, dropped: 4 }

export function decisive(ends: readonly Verdict[]): Verdict {
  const [first, ...rest] = ends
  if (first === undefined) throw new TypeError('a packet has at least one end')
  return rest.reduce((best, end) => (RANK[end.result] < RANK[best.result] ? end : best), first)
}

/** What ends at a hop; nothing, where the packet goes on to other hosts. */
export function endsOf(hop: Hop, first: Hop): Verdict[] {
  const { host, exits } = hop
  if (exits.length === 0) return [withoutExit(hop)]
  return exits.flatMap((exit): Verdict[] => {
    if (exit.type === 'wire') return []
    if (exit.type === 'lost') return [{ result: 'dropped', host, ...lastVisit(hop), why: exit.why }]
    const { pod, packet } = exit
    return [isAnswer(pod, packet, first) ? { result: 'answered', host, packet } : { result: 'delivered', host, pod, packet }]
  })
}

/** Back at its sender, and from somebody else: a packet that a pod sends to itself keeps its source. */
function isAnswer(pod: string, packet: Packet, first: Hop): boolean {
  const source = (of: Packet): string => `${of.get('nw_src')} ${of.get('ipv6_src')} ${of.get('arp_spa')}`
  return pod === first.port.pod && source(packet) !== source(first.packet)
}

function withoutExit(hop: Hop): Verdict {
  const { host, trace } = hop
  const at = lastVisit(hop)
  if (passesOf(trace).some(({ effects }) => effects.some(({ type }) => type === 'controller'))) {
    return { result: 'controller', host, ...at }
  }
  const why = complaintsOf(trace).at(-1)
  return { result: 'dropped', host, ...at, ...(why === undefined ? {} : { why }) }
}

/** A packet that nothing sends on has ended in the last table that it came to. */
function lastVisit({ trace }: Hop): { readonly table: string; readonly flow?: Flow } {
  const { table_id = 0, flow } = trace.tablesVisited.at(-1) ?? {}
  return { table: tableName(table_id), ...(flow === undefined ? {} : { flow }) }
}

function passesOf(pass: Pass): Pass[] {
  return [pass, ...pass.resumed.flatMap((one) => passesOf(one.pass))]
}

/** What the switch warns of or cannot do, in the order of events. */
export function complaintsOf(trace: Trace): string[] {
  return passesOf(trace).flatMap(({ steps, error }) => [...complaintsIn(steps), ...(error === undefined ? [] : [error])])
}

/** Texts of steps are made when they are asked for, which most are not. */
function complaintsIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) =>
    step.type === 'warn' || step.type === 'error' ? [step.text] : complaintsIn(step.steps),
  )
}
