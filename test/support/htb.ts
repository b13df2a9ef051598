import { performance } from 'node:perf_hooks'
import type { World } from './world.js'

/** What each queue of a device has sent, at one moment. */
export interface QueueCounts {
  /** Milliseconds. */
  readonly at: number
  readonly bytes: ReadonlyMap<number, number>
}

/** Of a device that has linux-htb, by number of the queue. */
export async function queueCounts(world: World, host: string, device: string): Promise<QueueCounts> {
  const { stdout } = await world.lab.exec(host, ['tc', '-s', 'class', 'show', 'dev', device])
  return { at: performance.now(), bytes: parseQueueBytes(stdout) }
}

/** By the output of `tc -s class show`. Open vSwitch numbers the class of queue N 1:(N + 1). */
export function parseQueueBytes(text: string): ReadonlyMap<number, number> {
  const classes = text.matchAll(/^class htb 1:([0-9a-f]+) parent [^\n]*\n Sent (\d+) bytes/gm)
  return new Map(Array.from(classes, ([, number = '', bytes]) => [parseInt(number, 16) - 1, Number(bytes)]))
}

export function bytesBetween(queue: number, before: QueueCounts, after: QueueCounts): number {
  return (after.bytes.get(queue) ?? 0) - (before.bytes.get(queue) ?? 0)
}

/** Mbit/s. */
export function rateBetween(queue: number, before: QueueCounts, after: QueueCounts): number {
  return (bytesBetween(queue, before, after) * 8) / 1000 / (after.at - before.at)
}
