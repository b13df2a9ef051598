/** A real switch with a random pipeline, and the traces of both sides made comparable. */
import assert from 'node:assert/strict'
import {
  Connection,
  decodeMessage,
  encodeMessage,
  type Flow,
  flowMod,
  formatFlow,
  formatTrace,
  OF13,
  type Group,
  type GroupType,
  parseActions,
  parseFlow,
  parsePacket,
  SwitchModel,
  trace,
  type TraceOptions,
} from 'openflow-ts'
import { type DummyOvs, startDummyOvs } from '../support/dummy-ovs.js'
import { UnixCtl } from '../support/unixctl.js'
import { effectsOf } from './sim-datapath.js'
import type { Pipeline } from './sim-pipelines.js'

const LOCAL = 0xfffffffe
const PORTS = [
  ...[1, 2, 3, 4].map((port) => ({ port, name: `p${port}` })),
  { port: LOCAL, name: 'br0', datapath_port: 100 },
]

/** `group_id=1,type=all,bucket=actions=output:1,bucket=...` */
export function parseGroupLine(text: string): Group & { readonly group_type: GroupType } {
  const [head = '', ...buckets] = text.split(',bucket=')
  const id = Number(/group_id=(\d+)/.exec(head)?.[1])
  const group_type = (/type=(\w+)/.exec(head)?.[1] ?? 'all') as GroupType
  return {
    group_id: id,
    group_type,
    buckets: buckets.map((bucket, bucket_id) => {
      const watch = /watch_port:(\d+)/.exec(bucket)?.[1]
      return {
        bucket_id,
        ...(group_type === 'select' && { weight: 1 }),
        ...(watch !== undefined && { watch_port: Number(watch) }),
        actions: parseActions(bucket.replace(/^.*?actions=/, '')),
      }
    }),
  }
}

/** The flow, unless its actions do not fit its match. */
function parsed(line: string): Flow | undefined {
  try {
    return parseFlow(line)
  } catch {
    return undefined
  }
}

export class RealSwitch {
  readonly #ovs: DummyOvs
  readonly #connection: Connection
  readonly #ctl: UnixCtl

  private constructor(ovs: DummyOvs, connection: Connection, ctl: UnixCtl) {
    this.#ovs = ovs
    this.#connection = connection
    this.#ctl = ctl
  }

  static async start(): Promise<RealSwitch> {
    const ovs = await startDummyOvs()
    const versions = 'protocols=[OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15]'
    const ports = [1, 2, 3, 4].flatMap((n) => [
      ...['--', 'add-port', 'br0', `p${n}`, '--', 'set', 'interface', `p${n}`],
      ...[`ofport_request=${n}`, 'type=dummy'],
    ])
    const bridge = ['datapath_type=dummy', 'fail-mode=secure', versions]
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', ...bridge, ...ports)
    const connection = await Connection.connect(`unix:${ovs.mgmt('br0')}`, { versions: [OF13] })
    return new RealSwitch(ovs, connection, await UnixCtl.open(ovs.vswitchdCtl))
  }

  async stop(): Promise<void> {
    this.#ctl.close()
    await this.#connection.close()
    await this.#ovs.stop()
  }

  /** Puts the pipeline in the place of what was there. What the switch refuses is left out; the model has the rest. */
  async load(pipeline: Pipeline): Promise<SwitchModel> {
    const c = this.#connection
    const nothing = parseFlow('')
    c.send({ ...flowMod('delete', nothing), table_id: 0xff })
    c.send({ type: 'GROUP_MOD', command: 'delete', group_type: 'all', group_id: 0xfffffffc, buckets: [] })
    const groups: Group[] = []
    for (const line of pipeline.groups) {
      const given = parseGroupLine(line)
      // As it is on the wire, where some actions become others.
      const mod = decodeMessage(encodeMessage({ type: 'GROUP_MOD', command: 'add', ...given }, OF13, 1))
      if (mod.type === 'GROUP_MOD' && (await this.#taken(mod))) groups.push(mod)
    }
    for (const line of pipeline.flows) {
      const flow = parsed(line)
      if (flow !== undefined) c.send(flowMod('add', flow))
    }
    await c.barrier()
    const flows = await c.dumpFlows()
    return new SwitchModel({ ports: PORTS, flows: flows.map((flow) => parseFlow(formatFlow(flow))), groups })
  }

  async #taken(message: Parameters<Connection['send']>[0]): Promise<boolean> {
    try {
      await this.#connection.bundle([message])
      return true
    } catch {
      return false
    }
  }

  trace(packet: string, ctNext: readonly string[]): Promise<string> {
    return this.#ctl.call('ofproto/trace', 'br0', packet, ...ctNext.flatMap((state) => ['--ct-next', state]))
  }
}

const DATAPATH = /^Datapath actions: (.*)$/gm

/** A trace without the numbers that the switch counts up, the Megaflow and the form of datapath actions. */
function comparable(text: string, packet: string): string {
  return text
    .replace(/^Megaflow: .*\n/gm, '')
    .replace(/recirc(_id=|\()(0x[0-9a-f]+|[1-9]\d*)/g, 'recirc$1N')
    .replace(DATAPATH, (_, actions: string) => `Datapath:\n${effectsOf(actions, parsePacket(packet)).join('\n')}`)
}

/** Both traces must be equal: every step, the final packet and what is sent. */
export async function compareTraces(
  real: RealSwitch,
  model: SwitchModel,
  packet: string,
  ctNext: readonly string[],
  options: TraceOptions = {},
): Promise<void> {
  const theirs = await real.trace(packet, ctNext)
  const ours = formatTrace(trace(model, parsePacket(packet, model.names), { ctNext, ...options }), model)
  const mine = comparable(ours, packet)
  const wanted = comparable(theirs, packet)
  const flows = [...model.flows()].map((flow) => formatFlow(flow)).join('\n')
  assert.equal(mine, wanted, `trace of ${packet} ${ctNext.join(' ')}\n${flows}`)
}
