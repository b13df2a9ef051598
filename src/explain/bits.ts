import { type Action, type FieldInfo, fieldByName, type FieldName, PORTS, type Subfield } from 'openflow-ts'

/** Bits of one slot of a packet; fields that are views of others are told by what they are views of. */
export interface Bits {
  readonly slot: number
  readonly ofs: number
  readonly n_bits: number
}

export interface Move {
  readonly from: Bits
  readonly to: Bits
}

/** What an action does with values of the packet, other than to write constants. */
export interface Reading {
  readonly moves: readonly Move[]
  /** Bits whose value itself decides: a port to send to, a zone. */
  readonly uses: readonly Bits[]
}

export function infoOf(field: FieldName): FieldInfo {
  const info = fieldByName(field)
  if (info === undefined) throw new TypeError(`there is no field ${field}`)
  return info
}

export const slotOf = (field: FieldName): number => infoOf(field).place.index

/** A subfield as bits of slots, the least significant first. */
export function bitsOf({ field, ofs, n_bits }: Subfield): Bits[] {
  const info = infoOf(field)
  const { view } = info
  if (view === undefined) return [{ slot: info.place.index, ofs, n_bits }]
  const [only] = view.of
  if (view.of.length === 1 && only !== undefined) {
    return [{ slot: only.place.index, ofs: ofs + Math.max(view.shift, 0), n_bits }]
  }
  return [...view.of].reverse().flatMap((part, i) => {
    const low = Math.max(ofs, i * PART_BITS)
    const high = Math.min(ofs + n_bits, (i + 1) * PART_BITS)
    return low < high ? [{ slot: part.place.index, ofs: low - i * PART_BITS, n_bits: high - low }] : []
  })
}

/** Wide registers are made of narrow ones. */
const PART_BITS = 32

const NOTHING: Reading = { moves: [], uses: [] }

/** Actions that read nothing of the packet, or nothing but what `nw_ttl` and `in_port` stand for. */
const BLIND: ReadonlySet<Action['type']> = new Set<Action['type']>([
  ...(['output', 'controller', 'goto_table', 'conjunction', 'set_field', 'load', 'write_metadata'] as const),
  ...(['dec_ttl', 'set_tunnel', 'set_tunnel64', 'set_queue', 'pop_queue', 'meter', 'note', 'ct_clear', 'exit'] as const),
])

/** Undefined: what the action reads is not known here, so that it may be anything. */
function readingOf(action: Action): Reading | undefined {
  if (BLIND.has(action.type)) return NOTHING
  switch (action.type) {
    case 'move':
      return { moves: movesOf(action.src, action.dst), uses: [] }
    case 'output_reg':
      return { moves: [], uses: bitsOf(action.src) }
    case 'resubmit':
      return action.ct === true ? undefined : NOTHING
    case 'clone':
      return readingOfAll(action.actions)
    case 'ct': {
      const within = action.alg === undefined ? readingOfAll(action.actions) : undefined
      const zone = typeof action.zone === 'number' ? [] : bitsOf(action.zone)
      return within && { moves: within.moves, uses: [...within.uses, ...zone] }
    }
    default:
      return undefined
  }
}

/** Of a flow's actions, or of those within another. What is pushed must be popped in the same list: that is a move. */
export function readingOfAll(actions: readonly Action[]): Reading | undefined {
  const moves: Move[] = []
  const uses: Bits[] = []
  const stack: Subfield[] = []
  for (const action of actions) {
    if (action.type === 'push') {
      stack.push(action.src)
      continue
    }
    if (action.type === 'pop') {
      const src = stack.pop()
      if (src === undefined) return undefined
      moves.push(...movesOf(src, action.dst))
      continue
    }
    const reading = readingOf(action)
    if (reading === undefined) return undefined
    moves.push(...reading.moves)
    uses.push(...reading.uses)
  }
  return stack.length === 0 ? { moves, uses } : undefined
}

/** Whether the packet comes to another table by it, now or when connection tracking returns it. */
export function leadsOn(action: Action): boolean {
  switch (action.type) {
    case 'goto_table':
    case 'resubmit':
    case 'clone':
      return true
    case 'ct':
      return action.table !== undefined
    case 'output':
      return action.port === PORTS.TABLE
    default:
      return false
  }
}

/** A move as moves between slots, cut where either side goes over from one slot to the next. */
export function movesOf(src: Subfield, dst: Subfield): Move[] {
  const from = bitsOf(src)
  const to = bitsOf(dst)
  const moves: Move[] = []
  for (let [i, j, a, b] = [0, 0, 0, 0]; i < from.length && j < to.length; ) {
    const [s, d] = [from[i], to[j]]
    if (s === undefined || d === undefined) break
    const n_bits = Math.min(s.n_bits - a, d.n_bits - b)
    moves.push({ from: { slot: s.slot, ofs: s.ofs + a, n_bits }, to: { slot: d.slot, ofs: d.ofs + b, n_bits } })
    a += n_bits
    b += n_bits
    if (a === s.n_bits) [i, a] = [i + 1, 0]
    if (b === d.n_bits) [j, b] = [j + 1, 0]
  }
  return moves
}
