import { type Action, type Packet, type Pass, PORTS, type Step, type Trace } from 'openflow-ts'
import { infoOf } from './bits.js'

/** An action that changes what leaves a switch. */
export type Write = Extract<Action, { readonly type: 'set_field' | 'load' | 'move' | 'dec_ttl' }>

const WRITES: ReadonlySet<Action['type']> = new Set<Write['type']>(['set_field', 'load', 'move', 'dec_ttl'])

/** Actions that by themselves change nothing of it. */
const HARMLESS: ReadonlySet<Action['type']> = new Set<Action['type']>([
  ...(['output', 'output_reg', 'controller', 'goto_table', 'resubmit', 'conjunction', 'write_metadata'] as const),
  ...(['ct', 'ct_clear', 'meter', 'note', 'set_queue', 'pop_queue'] as const),
])

/**
 * The actions that made of the packet what left, of a trace that sent it out once. Done again, they make the same of
 * another packet that goes the same way. Undefined where a list of actions cannot tell.
 */
export function writesOf(trace: Trace): readonly Write[] | undefined {
  const writes: Write[] = []
  for (let pass: Pass = trace; ; ) {
    const [resumed, ...others] = pass.resumed
    if (others.length > 0) return undefined
    const actions = actionsOf(pass.steps)
    const sent = actions.findIndex(isOutput)
    // What follows a fork is done to the packet that stays behind, and what follows the output comes too late.
    const end = sent < 0 ? actions.findIndex(isFork) : sent
    if (resumed !== undefined && sent >= 0) return undefined
    for (const action of end < 0 ? actions : actions.slice(0, end)) {
      if (isWrite(action)) writes.push(action)
      else if (!HARMLESS.has(action.type)) return undefined
    }
    if (resumed === undefined) return sent < 0 ? undefined : writes
    pass = resumed.pass
  }
}

export function replay(packet: Packet, writes: readonly Write[]): Packet {
  const result = packet.clone()
  for (const action of writes) write(result, action)
  return result
}

function write(packet: Packet, action: Write): void {
  switch (action.type) {
    case 'set_field': {
      const info = infoOf(action.field)
      if (action.mask === undefined) packet.write(info, action.value)
      else {
        const mask = BigInt(action.mask)
        const value = (BigInt(packet.read(info)) & ~mask) | (BigInt(action.value) & mask)
        packet.write(info, info.wide ? value : Number(value))
      }
      return
    }
    case 'load':
      packet.writeBits(action.dst, action.value)
      return
    case 'move':
      if (has(packet, action.src.field) && has(packet, action.dst.field)) {
        packet.writeBits(action.dst, packet.readBits(action.src))
      }
      return
    case 'dec_ttl':
      packet.set('nw_ttl', packet.get('nw_ttl') - 1)
  }
}

function has(packet: Packet, field: Parameters<typeof infoOf>[0]): boolean {
  return infoOf(field).prereqMet(packet.kind())
}

const isWrite = (action: Action): action is Write => WRITES.has(action.type)
const isFork = (action: Action): boolean => action.type === 'ct' && action.table !== undefined
const isOutput = (action: Action): boolean =>
  action.type === 'output_reg' || (action.type === 'output' && action.port !== PORTS.CONTROLLER)

function actionsOf(steps: readonly Step[]): Action[] {
  return steps.flatMap((step) => {
    const own = step.type === 'action' && step.action !== undefined ? [step.action] : []
    return [...own, ...actionsOf(step.steps)]
  })
}
