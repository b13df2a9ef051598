import type { TraceDirection, TraceHop, TraceReport, TraceStep } from './trace.js'

/** A trace as people read it: the decision, then every table of every host. */
export function formatTraceReport({ decision, forward, reply }: TraceReport): string {
  const ways = [['forward', forward] as const, ...(reply === undefined ? [] : [['reply', reply] as const])]
  return `${decision}\n${ways.map(([title, way]) => formatWay(title, way)).join('')}`
}

function formatWay(title: string, { hops, decision }: TraceDirection): string {
  return `\n${title}: ${decision}\n${hops.map(formatHop).join('')}`
}

function formatHop({ host, port, packet, steps, exits }: TraceHop): string {
  const width = Math.max(0, ...steps.map(({ table }) => table.length))
  const lines = steps.map((step) => `    ${step.table.padEnd(width)}  ${stepText(step)}\n`)
  const ends = exits.length === 0 ? '    goes nowhere\n' : exits.map((exit) => `    goes ${exit}\n`).join('')
  return `  ${host}, from ${port}: ${packet}\n${lines.join('')}${ends}`
}

function stepText({ flow, unit, policies }: TraceStep): string {
  if (flow === undefined) return 'no flow'
  if (policies !== undefined) return `${flow}  [${policies.join(', ')}]`
  return unit === undefined ? flow : `${flow}  [${unit.kind} ${unit.subject}]`
}
