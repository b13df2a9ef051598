import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { labName, type PodAnswer, type World } from './world.js'

/** Traffic between pods of the lab by iperf3, as the receiving end saw it. */

export interface Stream {
  readonly from: PodAnswer
  readonly to: PodAnswer
  readonly seconds: number
  /** Seconds after the others at which it starts; default 0. */
  readonly after?: number
  /** UDP datagrams of so many bytes, so many a second; default: TCP, as much as goes. */
  readonly datagrams?: { readonly bytes: number; readonly perSecond: number }
}

export interface Received {
  readonly bytes: number
  /** UDP datagrams that arrived. */
  readonly datagrams: number
  /** From the first to the last second in which something could arrive. */
  readonly seconds: number
  /** Mbit/s of payload in each second. */
  readonly rates: readonly number[]
}

interface Interval {
  readonly sum: { readonly seconds: number; readonly bytes: number; readonly packets?: number; readonly lost_packets?: number }
}

const PORT = 5201

/** Runs all streams, each to a pod of its own, and resolves when the last has ended. */
export async function runStreams(world: World, streams: readonly Stream[]): Promise<Received[]> {
  const servers = streams.map(({ to }) =>
    world.lab.startProcess(labName(to.tenant, to.name), ['iperf3', '-s', '-1', '-J', '-p', String(PORT)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const outputs = servers.map(() => '')
  servers.forEach((server, i) => {
    server.stdout?.on('data', (chunk: Buffer) => { outputs[i] += chunk.toString() })
  })
  const ended = servers.map((server) => once(server, 'close'))
  try {
    await Promise.all(streams.map((stream) => send(world, stream)))
    await Promise.all(ended)
  } finally {
    for (const server of servers) server.kill('SIGKILL')
  }
  return outputs.map((output) => received(JSON.parse(output) as { readonly intervals: readonly Interval[] }))
}

async function send(world: World, { from, to, seconds, after = 0, datagrams }: Stream): Promise<void> {
  await sleep(after * 1000)
  const udp = datagrams && ['-u', '-l', `${datagrams.bytes}`, '-b', `${datagrams.bytes * datagrams.perSecond * 8}`]
  const argv = ['iperf3', '-c', to.status.address, '-p', `${PORT}`, '-t', `${seconds}`, ...(udp ?? [])]
  for (;;) {
    const { code, stderr } = await world.lab.exec(labName(from.tenant, from.name), argv, { timeout: 120_000 })
    if (code === 0) return
    // The server is not listening yet.
    if (!stderr.includes('refused')) throw new Error(`iperf3 from ${from.name} to ${to.name}: ${stderr}`)
    await sleep(50)
  }
}

function received({ intervals }: { readonly intervals: readonly Interval[] }): Received {
  const sums = intervals.map(({ sum }) => sum)
  const total = (of: (sum: Interval['sum']) => number): number => sums.reduce((all, sum) => all + of(sum), 0)
  return {
    bytes: total(({ bytes }) => bytes),
    datagrams: total(({ packets = 0, lost_packets = 0 }) => packets - lost_packets),
    seconds: total(({ seconds }) => seconds),
    rates: sums.filter(({ seconds }) => seconds > 0.5).map(({ bytes, seconds }) => (bytes * 8) / seconds / 1e6),
  }
}
