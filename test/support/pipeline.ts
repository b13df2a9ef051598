import assert from 'node:assert/strict'
import { formatFlow, parsePacket, PORTS, SwitchModel, trace as simulate } from 'openflow-ts'
import type { Compiler } from '../../src/compile/engine.js'
import type { WantedPort } from '../../src/compile/wanted.js'
import type { DummyOvs } from './dummy-ovs.js'

/** A real switch with the flows of one host, asked by ofproto/trace; the simulator must agree with every answer. */

export interface Traced {
  readonly text: string
  /** `Datapath actions`, ports by name. */
  readonly actions: string
  /** The packet's fields after all actions. */
  readonly final: string
}

export async function traceOn(
  ovs: DummyOvs,
  model: SwitchModel,
  packet: Record<string, string | number>,
  protocol: string,
): Promise<Traced> {
  const flow = [protocol, ...Object.entries(packet).map(([field, value]) => `${field}=${value}`)].join()
  const text = await ovs.appctl('ofproto/trace', '--names', 'br-int', flow)
  const actions = /^Datapath actions: (.*)$/m.exec(text)?.[1]
  const final = /^Final flow: (.*)$/m.exec(text)?.[1] ?? ''
  assert(actions !== undefined, text)
  checkSimulation(model, flow, text, actions)
  return { text, actions, final: final === 'unchanged' ? flow : final }
}

/** Gives the switch the ports and flows of a host. */
export async function installOn(ovs: DummyOvs, compiler: Compiler, host: string): Promise<void> {
  const { ports, flows } = compiler.wanted(host)
  const commands = ['--', 'add-br', 'br-int', '--', 'set', 'bridge', 'br-int', 'fail_mode=secure']
  for (const { name, type, options, ofport_request } of portsOfBridge(ports.values())) {
    const columns = Object.entries(options).map(([option, value]) => `options:${option}=${value}`)
    commands.push('--', 'add-port', 'br-int', name)
    commands.push(
      '--',
      'set',
      'interface',
      name,
      `type=${type || 'dummy'}`,
      `ofport_request=${ofport_request}`,
      ...columns,
    )
  }
  await ovs.vsctl(...commands)
  const text = [...flows.values()].map((flow) => `${formatFlow(flow)}\n`).join('')
  const { code, stderr } = await ovs.run('ovs-ofctl', ['-O', 'OpenFlow13', 'add-flows', 'br-int', '-'], text)
  assert.equal(code, 0, stderr)
}

/** Those of br-int. */
function portsOfBridge(ports: Iterable<WantedPort>) {
  return [...ports].flatMap((port) => (port.ofport_request === null ? [] : [{ ...port, ofport_request: port.ofport_request }]))
}

/** The same switch, simulated. */
export function modelOf(compiler: Compiler, host: string): SwitchModel {
  const { ports, flows } = compiler.wanted(host)
  const simulated = portsOfBridge(ports.values()).map(({ name, type, ofport_request }) => ({
    port: ofport_request,
    name,
    ...(type !== '' && type !== 'patch' && { tunnel: {} }),
  }))
  return new SwitchModel({
    name: 'br-int',
    ports: [...simulated, { port: PORTS.LOCAL, name: 'br-int' }],
    flows: flows.values(),
  })
}

/** The simulator must take the packet through the same tables to the same ports. */
function checkSimulation(model: SwitchModel, flow: string, text: string, actions: string): void {
  const simulated = simulate(model, parsePacket(flow))
  const tables = [...text.matchAll(/^ *(\d+)\. /gm)].map((found) => Number(found[1]))
  assert.deepEqual(simulated.tablesVisited.map((visit) => visit.table_id), tables, text)
  const names = simulated.outputs.map(({ port }) => model.names.portName?.(port) ?? String(port))
  const theirs = actions.split(/,(?![^(]*\))/).filter((action) => /^[\w-]+$/.test(action) && action !== 'drop')
  assert.deepEqual(names, theirs.filter((name) => !/^(pop|push)_/.test(name)), text)
}
