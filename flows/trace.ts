import { type Flow, match, type MatchInit, PORTS } from 'openflow-ts'
import { REGISTERS, type TableName, TABLES } from './layout.js'

/**
 * Flows that watch one packet on its way, for a trace with a real packet. They are no part of the pipeline: they have
 * cookies of their own, match nothing but that packet, and end by themselves soon, whatever becomes of the controller.
 */

/** Upper 16 bits of their cookies, "HT". The rest: number of the trace (32 bits), stage (8), zeros (8). */
const TRACE_MAGIC = 0x4854n

/** Where a packet is seen: it came to the host, or it is about to be given to the pod. */
export const TRACE_STAGES = ['arrived', 'delivered'] as const
export type TraceStage = (typeof TRACE_STAGES)[number]

const STAGE_TABLES: Readonly<Record<TraceStage, TableName>> = { arrived: 'classify', delivered: 'deliver' }

/** Above every flow of ours. */
const PRIORITY = 65_000
/** Set once a packet was seen, so that it then goes on as any other. */
const SEEN = { field: REGISTERS.seen.field, mask: 1 << REGISTERS.seen.bits[0] } as const
/** Seconds after which the switch takes them out. */
const LIFETIME = 60

export function traceCookie(trace: number, stage: TraceStage): bigint {
  return (TRACE_MAGIC << 48n) | (BigInt(trace) << 16n) | (BigInt(TRACE_STAGES.indexOf(stage)) << 8n)
}

/** Cookie and mask of all flows of a trace. */
export function traceCookies(trace: number): readonly [cookie: bigint, mask: bigint] {
  return [(TRACE_MAGIC << 48n) | (BigInt(trace) << 16n), 0xffff_ffff_ffff_0000n]
}

/** Of which trace and stage a packet-in with this cookie is. */
export function readTraceCookie(cookie: bigint): { readonly trace: number; readonly stage: TraceStage } | undefined {
  if (cookie >> 48n !== TRACE_MAGIC) return undefined
  const stage = TRACE_STAGES[Number((cookie >> 8n) & 0xffn)]
  return stage && { trace: Number((cookie >> 16n) & 0xffff_ffffn), stage }
}

/** `packet`: what tells the packet from all others. What is delivered is only reported: the pod did not ask for it. */
export function traceFlows(trace: number, packet: MatchInit): Flow[] {
  const report = { type: 'controller', max_len: 0xffff, reason: 'action', id: 0 } as const
  const seen = { type: 'set_field', field: SEEN.field, value: SEEN.mask, mask: SEEN.mask } as const
  const actions = {
    arrived: [report, seen, { type: 'resubmit', port: PORTS.IN_PORT, table: TABLES.classify.id } as const],
    delivered: [report],
  }
  return TRACE_STAGES.map((stage) => ({
    table_id: TABLES[STAGE_TABLES[stage]].id,
    priority: PRIORITY,
    cookie: traceCookie(trace, stage),
    hard_timeout: LIFETIME,
    match: match({ ...packet, ...(stage === 'arrived' && { [SEEN.field]: [0, SEEN.mask] }) }),
    actions: actions[stage],
  }))
}
