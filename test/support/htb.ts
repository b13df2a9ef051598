import type { World } from './world.js'

/** Bytes sent by each queue of a device that has linux-htb; Open vSwitch numbers the class of queue N 1:(N + 1). */
export async function queueBytes(world: World, host: string, device: string): Promise<ReadonlyMap<number, number>> {
  const { stdout } = await world.lab.exec(host, ['tc', '-s', 'class', 'show', 'dev', device])
  return parseQueueBytes(stdout)
}

/** By the output of `tc -s class show`. */
export function parseQueueBytes(text: string): ReadonlyMap<number, number> {
  const classes = text.matchAll(/^class htb 1:([0-9a-f]+) parent [^\n]*\n Sent (\d+) bytes/gm)
  return new Map(Array.from(classes, ([, number = '', bytes]) => [parseInt(number, 16) - 1, Number(bytes)]))
}
