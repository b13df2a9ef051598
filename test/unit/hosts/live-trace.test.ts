import assert from 'node:assert/strict'
import type { Connection, MessageOf } from 'openflow-ts'
import type { TraceStage } from '../../../flows/index.js'
import { traceCookie } from '../../../flows/trace.js'
import type { HostSession } from '../../../src/hosts/host-session.js'
import { LiveTracer, type LiveTrace } from '../../../src/hosts/live-trace.js'
import { probeOf, worldOf } from '../explain/support.js'
import { FakeClock } from './fake-clock.js'

type Seen = readonly [host: string, stage: TraceStage]

/** A trace between hosts, stood in for by what they say of it, in the order in which it comes. */
async function traceOf(seen: readonly Seen[], to = 'red/web/b'): Promise<LiveTrace & { readonly waited: boolean }> {
  const { fabric } = await worldOf(['red/web/a@h1', 'red/web/b@h2', 'red/web/c@h1'])
  const clock = new FakeClock()
  const sent: string[] = []
  const connection = (host: string): Partial<Connection> => ({
    closed: false,
    bundle: () => Promise.resolve(),
    barrier: () => Promise.resolve(),
    send: ({ type }) => {
      sent.push(`${host} ${type}`)
      return 0
    },
  })
  const tracer = new LiveTracer({
    view: () => fabric.source.view as ReturnType<ConstructorParameters<typeof LiveTracer>[0]['view']>,
    session: (host) => ({ openflow: connection(host), rows: { ofportOf: () => 1 } }) as unknown as HostSession,
    clock,
  })
  const trace = tracer.trace(probeOf('red/web/a', to), 1000)
  while (!sent.includes('h1 PACKET_OUT')) {
    clock.advance(100)
    await new Promise(setImmediate)
  }
  for (const [host, stage] of seen) {
    clock.advance(1)
    assert(tracer.onPacketIn(host, { cookie: traceCookie(1, stage) } as MessageOf<'PACKET_IN'>))
  }
  const waited = clock.timers.length > 0
  clock.advance(1000)
  return { ...(await trace), waited }
}

const seenIn = ({ sightings }: LiveTrace): Seen[] => sightings.map(({ host, stage }) => [host, stage])

describe('Live trace', () => {
  const way: Seen[] = [['h1', 'arrived'], ['h2', 'arrived'], ['h2', 'delivered']]

  it('ends when the packet was delivered', async () => {
    const trace = await traceOf(way)
    assert.deepEqual([trace.delivered, seenIn(trace), trace.waited], [true, way, false])
  })

  it('tells the way from its beginning, also where the host at its end is quicker to tell', async () => {
    const trace = await traceOf([way[1]!, way[2]!, way[0]!])
    assert.deepEqual([trace.delivered, seenIn(trace), trace.waited], [true, way, false])
    assert.deepEqual(trace.sightings.map(({ afterMs }) => afterMs), [3, 1, 2])
  })

  it('ends on one host, too', async () => {
    const here: Seen[] = [['h1', 'arrived'], ['h1', 'delivered']]
    const trace = await traceOf(here, 'red/web/c')
    assert.deepEqual([trace.delivered, seenIn(trace), trace.waited], [true, here, false])
  })

  it('waits for what does not come, and no longer than it is told to', async () => {
    const trace = await traceOf(way.slice(0, 2))
    assert.deepEqual([trace.delivered, seenIn(trace), trace.waited], [false, way.slice(0, 2), true])
  })
})
