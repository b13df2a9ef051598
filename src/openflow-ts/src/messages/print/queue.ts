import { formatPort } from '../../text/ports.js'
import { ALL_QUEUES, type QueueConfig, type QueueQuery, type QueueStats } from '../spec/queue.js'
import { PORTS } from '../../ports.js'
import { counter, type PrintContext, printDuration } from './common.js'

const printQueue = (queue: number): string => (queue === ALL_QUEUES ? 'ALL' : String(queue))

export const printQueueQuery = (
  { port_no = PORTS.ANY, queue_id = ALL_QUEUES }: QueueQuery,
  ctx: PrintContext,
): string => ` port=${formatPort(port_no, ctx)} queue=${printQueue(queue_id)}`

/** The same, all queues going without saying. */
export const printQueueDescQuery = (
  { port_no = PORTS.ANY, queue_id = ALL_QUEUES }: QueueQuery,
  ctx: PrintContext,
): string => ` port=${formatPort(port_no, ctx)}${queue_id === ALL_QUEUES ? '' : ` queue=${queue_id}`}`

function printStats(stats: QueueStats, ctx: PrintContext): string {
  return (
    `  port ${formatPort(stats.port_no, ctx)} queue ${printQueue(stats.queue_id)}: bytes=${counter(stats.tx_bytes)}, ` +
    `pkts=${counter(stats.tx_packets)}, errors=${counter(stats.tx_errors)}, ` +
    `duration=${stats.duration_sec === 0xffffffff ? '?' : printDuration(stats.duration_sec, stats.duration_nsec)}\n`
  )
}

/** How many there are, and from verbosity 1 on each of them. */
export const printQueueStats = (entries: readonly QueueStats[], ctx: PrintContext): string =>
  ` ${entries.length} queues\n` +
  ((ctx.verbosity ?? 1) < 1 ? '' : entries.map((stats) => printStats(stats, ctx)).join(''))

const WHOLE = 1000
const NO_RATE = 0xffff

function rate(name: string, tenths = NO_RATE): string {
  if (tenths <= WHOLE) return ` ${name}:${Math.floor(tenths / 10)}.${tenths % 10}%`
  return tenths === NO_RATE ? '' : ` ${name}:(disabled)`
}

/** Queues by port and number. */
export function printQueueConfigs(queues: readonly (QueueConfig & { port_no: number })[], ctx: PrintContext): string {
  let text = ''
  let port = 0
  for (const queue of [...queues].sort((a, b) => a.port_no - b.port_no || a.queue_id - b.queue_id)) {
    if (queue.port_no !== port) text += `port=${formatPort(queue.port_no, ctx)}\n`
    port = queue.port_no
    text += `queue ${queue.queue_id}:${rate('min_rate', queue.min_rate)}${rate('max_rate', queue.max_rate)}\n`
  }
  return text === '' ? '' : ` ${text}`
}
