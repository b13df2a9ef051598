/** When a template is worth what it costs to learn. */
export interface Thrift {
  /** So many messages are worth none. */
  readonly few: number
  /** So many may be learnt at once, then one for each so many messages that none was there for; no more than `most`. */
  readonly atOnce: number
  readonly each: number
  readonly most: number
  /** What looks the same is learnt when it has come so often. */
  readonly often: number
}

const USUAL: Thrift = { few: 128, atOnce: 24, each: 48, most: 1024, often: 3 }

const MOST_LOOKS = 64 * 1024

/** Says when to learn, so that it costs less than it saves, and little where it saves nothing. */
export class Budget {
  readonly #thrift: Thrift
  readonly #seen = new Map<number, number>()
  #learnt = 0
  #messages = 0

  constructor(thrift: Partial<Thrift> = {}) {
    this.#thrift = { ...USUAL, ...thrift }
  }

  /** Whether to learn from a message that no template was there for; `look` is the same for those that look alike. */
  spend(look: number): boolean {
    const { few, atOnce, each, most, often } = this.#thrift
    this.#messages++
    const times = (this.#seen.get(look) ?? 0) + 1
    if (this.#seen.size >= MOST_LOOKS) this.#seen.clear()
    this.#seen.set(look, times)
    const allowed = Math.min(atOnce + (this.#messages - few) / each, most)
    if (this.#messages < few || times < often || this.#learnt >= allowed) return false
    this.#learnt++
    return true
  }
}
