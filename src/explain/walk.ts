import { type Action, type FieldName, type Flow, type Packet, type Pass, PORTS, type Step, type Trace } from 'openflow-ts'
import { type Bits, bitsOf, infoOf, slotOf } from './bits.js'
import { afterMove, CT_MARK, ENDS, IN_PORT, MARKS, overlap, type Place, type Places, without } from './origins.js'
import type { Tracked } from './tracked.js'

/** What was asked of a packet on its way: which flow of a table it matches, or what certain bits are. */
export type Event =
  | { readonly type: 'visit'; readonly table: number; readonly flow: Flow | undefined; readonly at: Moment }
  | { readonly type: 'use'; readonly places: Places }

export interface Moment {
  readonly packet: Packet
  readonly places: Places
}

/** What a connection was marked with. */
export type Mark = number | Place

export interface Walk {
  readonly events: readonly Event[]
  /** The packet as it was sent out, if it was. */
  readonly sent: Moment | undefined
  readonly marks: ReadonlyMap<number, Mark>
}

/**
 * A trace once more, with where the bits of the packet came from. Undefined where that cannot be told: then another packet
 * cannot be concluded from this one.
 */
export function walk(trace: Trace, places: Places, tracked: Tracked): Walk | undefined {
  try {
    const walker = new Walker(tracked)
    walker.pass(trace, places)
    return walker
  } catch (error) {
    if (error instanceof Untold) return undefined
    throw error
  }
}

class Untold extends Error {}

const CT_SLOTS = (['ct_state', 'ct_zone', 'ct_mark', 'ct_label'] as const).map(slotOf)
const EST = 2
const whole = (slot: number): Bits => ({ slot, ofs: 0, n_bits: 128 })

class Walker implements Walk {
  readonly events: Event[] = []
  readonly marks = new Map<number, Mark>()
  sent: Moment | undefined
  readonly #tracked: Tracked
  #packet: Packet | undefined
  #places: Places = []
  #forks: Places[] = []
  /** A ct whose own actions are yet to be seen. */
  #within: { readonly ct: Extract<Action, { type: 'ct' }>; readonly zone: number; left: number; mark: Action | undefined } | undefined

  constructor(tracked: Tracked) {
    this.#tracked = tracked
  }

  pass(pass: Pass, places: Places): void {
    this.#packet = pass.packet.clone()
    this.#places = places
    this.#forks = []
    this.#steps(pass.steps)
    const [fork, ...more] = this.#forks
    const [resumed, ...others] = pass.resumed
    if (more.length > 0 || others.length > 0 || (fork === undefined) !== (resumed === undefined)) throw new Untold()
    if (fork === undefined || resumed === undefined) return
    let after = fork
    for (const slot of CT_SLOTS) after = without(after, whole(slot))
    if ((resumed.ct_state & EST) !== 0) after = [...after, this.#markOf(resumed.zone)]
    this.pass(resumed.pass, after)
  }

  /** The mark that tracking returns is that of the packet which began the connection. */
  #markOf(zone: number): Place {
    const known = this.#tracked.entries.findIndex((entry) => entry.zone === zone)
    if (known < 0 || this.marks.size > 0) throw new Untold()
    return { slot: CT_MARK, ofs: 0, n_bits: 32, origin: MARKS + known, from: 0 }
  }

  #steps(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.type === 'table') {
        this.events.push({ type: 'visit', table: step.table_id, flow: step.flow, at: this.#now() })
      } else if (step.type === 'action') {
        if (step.action !== undefined) this.#action(step.action)
      } else if (step.type !== 'bridge' && step.type !== 'thaw' && step.type !== 'detail') throw new Untold()
      this.#steps(step.steps)
    }
  }

  #now(): Moment {
    return { packet: this.packet.clone(), places: this.#places }
  }

  get packet(): Packet {
    if (this.#packet === undefined) throw new TypeError('a walk has a packet')
    return this.#packet
  }

  #action(action: Action): void {
    this.#do(action)
    const within = this.#within
    if (within === undefined || action === within.ct) return
    if (marksConnection(action)) within.mark = action
    if (--within.left === 0) this.#endCt()
  }

  #do(action: Action): void {
    const { packet } = this
    switch (action.type) {
      case 'set_field': {
        const info = infoOf(action.field)
        const bits = bitsOf({ field: action.field, ofs: 0, n_bits: info.bits })
        this.#overwrite(bits, action.mask === undefined ? undefined : BigInt(action.mask))
        if (action.mask === undefined) packet.write(info, action.value)
        else {
          const mask = BigInt(action.mask)
          const value = (BigInt(packet.read(info)) & ~mask) | (BigInt(action.value) & mask)
          packet.write(info, info.wide ? value : Number(value))
        }
        return
      }
      case 'load':
        this.#overwrite(bitsOf(action.dst))
        packet.writeBits(action.dst, action.value)
        return
      case 'write_metadata':
        this.#overwrite([whole(slotOf('metadata'))], action.mask)
        packet.set('metadata', (packet.get('metadata') & ~action.mask) | (action.value & action.mask))
        return
      case 'move': {
        if (![action.src.field, action.dst.field].every((field) => infoOf(field).prereqMet(packet.kind()))) return
        if (bitsOf(action.dst).some(isFixed)) throw new Untold()
        const after = afterMove(this.#places, action.src, action.dst)
        if (after === undefined) this.#use(bitsOf(action.src))
        this.#places = after ?? bitsOf(action.dst).reduce(without, this.#places)
        packet.writeBits(action.dst, packet.readBits(action.src))
        return
      }
      case 'dec_ttl':
        packet.set('nw_ttl', packet.get('nw_ttl') - 1)
        return
      case 'output':
        if (action.port === PORTS.CONTROLLER) return
        if (action.port >= PORTS.MAX && action.port !== PORTS.IN_PORT && action.port !== PORTS.LOCAL) throw new Untold()
        this.#send()
        return
      case 'output_reg':
        this.#use(bitsOf(action.src))
        this.#send()
        return
      case 'controller':
        if (action.pause === true) throw new Untold()
        return
      case 'resubmit':
        if (action.table === undefined || action.port !== undefined || action.ct === true) throw new Untold()
        return
      case 'ct': {
        if (this.#within !== undefined || action.alg !== undefined) throw new Untold()
        if (typeof action.zone !== 'number') this.#use(bitsOf(action.zone))
        const zone = typeof action.zone === 'number' ? action.zone : Number(packet.readBits(action.zone))
        this.#within = { ct: action, zone, left: action.actions.length, mark: undefined }
        if (action.actions.length === 0) this.#endCt()
        return
      }
      case 'ct_clear':
        this.#forget()
        return
      case 'goto_table':
      case 'conjunction':
      case 'note':
      case 'meter':
        return
      default:
        throw new Untold()
    }
  }

  #overwrite(bits: readonly Bits[], mask?: bigint): void {
    if (bits.some(isFixed)) throw new Untold()
    for (const one of bits) {
      if (mask === undefined) this.#places = without(this.#places, one)
      else for (const run of runsOf(mask)) this.#places = without(this.#places, { slot: one.slot, ofs: one.ofs + run.ofs, n_bits: run.n_bits })
    }
    if (mask !== undefined && bits.length > 1) throw new Untold()
  }

  #use(bits: readonly Bits[]): void {
    const places = this.#places.flatMap((place) =>
      bits.flatMap((one) => {
        if (!overlap(place, one)) return []
        const rest = without([place], one)
        return rest.reduce<Places>((parts, other) => parts.flatMap((p) => without([p], other)), [place])
      }),
    )
    if (places.length > 0) this.events.push({ type: 'use', places })
  }

  #send(): void {
    if (this.sent !== undefined) throw new Untold()
    this.sent = this.#now()
  }

  #endCt(): void {
    const within = this.#within
    if (within === undefined) return
    this.#within = undefined
    if (within.ct.flags.length > 0) this.marks.set(within.zone, this.#markGiven(within.zone, within.mark))
    if (within.ct.table !== undefined) this.#forks.push(this.#places)
    this.#forget()
  }

  #markGiven(zone: number, action: Action | undefined): Mark {
    if (action === undefined) {
      if (this.marks.has(zone) || this.#tracked.entries.some((entry) => entry.zone === zone)) throw new Untold()
      return 0
    }
    const places = this.#places.filter(({ slot }) => slot === CT_MARK)
    const [place] = places
    if (place === undefined) return this.packet.get('ct_mark')
    if (places.length > 1 || place.ofs !== 0 || place.n_bits < 32) throw new Untold()
    return place
  }

  #forget(): void {
    for (const slot of CT_SLOTS) {
      this.#places = without(this.#places, whole(slot))
      this.packet.values[slot] = typeof this.packet.values[slot] === 'bigint' ? 0n : 0
    }
  }
}

/** Fields that are never written where others are concluded from. */
function isFixed({ slot }: Bits): boolean {
  return ENDS.has(slot) || slot === IN_PORT
}

/** Whether the action sets the whole mark; to set a part of it is not followed. */
function marksConnection(action: Action): boolean {
  const isMark = (field: FieldName): boolean => slotOf(field) === CT_MARK
  switch (action.type) {
    case 'set_field':
      if (isMark(action.field) && action.mask !== undefined) throw new Untold()
      return isMark(action.field)
    case 'load':
    case 'move':
      if (isMark(action.dst.field) && action.dst.n_bits < 32) throw new Untold()
      return isMark(action.dst.field)
    default:
      return false
  }
}

/** Ones of a mask that follow each other. */
function runsOf(mask: bigint): { readonly ofs: number; readonly n_bits: number }[] {
  const runs: { ofs: number; n_bits: number }[] = []
  let ofs = 0
  for (let rest = mask; rest !== 0n; rest >>= 1n, ofs++) {
    if ((rest & 1n) === 0n) continue
    const last = runs.at(-1)
    if (last !== undefined && last.ofs + last.n_bits === ofs) last.n_bits++
    else runs.push({ ofs, n_bits: 1 })
  }
  return runs
}
