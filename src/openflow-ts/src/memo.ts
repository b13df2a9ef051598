/**
 * What has been worked out of a text, for texts of which there are few different ones that come again and again, such
 * as names. Bounded: when full it begins anew.
 */
export class Memo<V> {
  readonly #known = new Map<string, V>()
  readonly #most: number

  constructor(most = 4096) {
    this.#most = most
  }

  get(text: string): V | undefined {
    return this.#known.get(text)
  }

  set(text: string, value: V): V {
    if (this.#known.size >= this.#most) this.#known.clear()
    this.#known.set(text, value)
    return value
  }
}
