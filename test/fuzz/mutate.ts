/** Uniform numbers that a seed decides (xorshift32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0 || 1
  }

  below(limit: number): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return (x >>> 0) % limit
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)]
    if (picked === undefined) throw new RangeError('nothing to pick from')
    return picked
  }
}

const HEADER = 8
const LONGEST = 2048
const EDGES = [0, 1, 2, 4, 7, 8, 15, 16, 0x7f, 0x80, 0xfe, 0xff]
const VERSIONS = [1, 2, 3, 4, 5, 6]

/** Changes bytes of a message in place; lengths inside it are as likely to be hit as all else. */
function scribble(bytes: Buffer, random: Random): void {
  for (let n = 1 + random.below(6); n > 0; n--) {
    const at = random.below(bytes.length)
    if (random.below(3) > 0) bytes[at] = random.pick(EDGES)
    else bytes[at] = random.below(256)
  }
}

/** The beginning of one message, the end of another. */
function splice(a: Buffer, b: Buffer, random: Random): Buffer {
  const cut = HEADER + random.below(Math.max(1, a.length - HEADER))
  const from = Math.min(b.length, HEADER + random.below(Math.max(1, b.length - HEADER)))
  return Buffer.concat([a.subarray(0, cut), b.subarray(from)]).subarray(0, LONGEST)
}

function noise(random: Random): Buffer {
  const bytes = Buffer.alloc(HEADER + 8 * random.below(20))
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
  bytes[0] = random.pick(VERSIONS)
  bytes[1] = random.below(40)
  return bytes
}

/** A message that may be anything, of the length that its header says. */
export function mutant(corpus: readonly Buffer[], random: Random): Buffer {
  const kind = random.below(10)
  let bytes = kind === 0 ? noise(random) : Buffer.from(random.pick(corpus))
  if (kind === 1) bytes = Buffer.from(splice(bytes, random.pick(corpus), random))
  if (kind === 2) bytes = bytes.subarray(0, HEADER + random.below(Math.max(1, bytes.length - HEADER)))
  if (kind === 3) bytes[0] = random.pick(VERSIONS)
  if (kind > 2) scribble(bytes, random)
  bytes.writeUInt16BE(bytes.length, 2)
  return bytes
}
