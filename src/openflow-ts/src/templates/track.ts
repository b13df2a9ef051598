/** When it is worth its price to learn a template. */
export interface Thrift {
  /** So few messages are worth none. */
  readonly few: number
  /** So many may be learnt at once, then one for each so many messages that there was a template for. */
  readonly atOnce: number
  readonly each: number
  readonly most: number
  /** What looks the same is learnt when it has come so often. */
  readonly often: number
}

const USUAL: Thrift = { few: 128, atOnce: 32, each: 256, most: 1024, often: 3 }

const MOST_LOOKS = 64 * 1024

/** After so many misses there must be a hit for each so many. */
const MANY_MISSES = 4096
const WORTH = 4

/** A template, and that of the message which came behind one of its own last. */
interface Followed<T> {
  next: T | undefined
}

/**
 * Keeps track of which templates are used: says which is the likely next, and when to learn, so that it costs less than
 * it saves, and little where it saves nothing.
 */
export class Track<T extends Followed<T>> {
  readonly #thrift: Thrift
  readonly #seen = new Map<number, number>()
  #last: T | undefined
  #pays = true
  #learnt = 0
  #hits = 0
  #misses = 0

  constructor(thrift: Partial<Thrift> = {}) {
    this.#thrift = { ...USUAL, ...thrift }
  }

  /** False from when on it is clear that there are too few that look alike. */
  get pays(): boolean {
    return this.#pays
  }

  /** What came behind messages like the last one. */
  get expected(): T | undefined {
    return this.#last?.next
  }

  /** A message that there was a template for. */
  hit(template: T): void {
    this.#hits++
    if (this.#last !== undefined) this.#last.next = template
    this.#last = template
  }

  /** A message that no template was there for; `look` is the same for those that look alike. Whether to learn from it. */
  miss(look: number): boolean {
    if (!this.#pays) return false
    const { few, atOnce, each, most, often } = this.#thrift
    const times = (this.#seen.get(look) ?? 0) + 1
    if (this.#seen.size >= MOST_LOOKS) this.#seen.clear()
    this.#seen.set(look, times)
    const isLate = ++this.#misses + this.#hits > few
    if (this.#misses > MANY_MISSES && this.#misses > WORTH * this.#hits) this.#giveUp()
    if (!isLate || times < often || this.#learnt >= Math.min(atOnce + this.#hits / each, most)) return false
    this.#learnt++
    return true
  }

  #giveUp(): void {
    this.#pays = false
    this.#last = undefined
  }
}
