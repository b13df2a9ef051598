/** Splits at twice this size. Inserting moves at most that many keys; finding is two binary searches. */
const CHUNK = 512

/**
 * A map of strings with its keys in order (of UTF-16 code units, as `<` compares), so that the entries under a prefix
 * are found without a walk over the others.
 */
export class SortedMap<V> {
  readonly #values: Map<string, V>
  /** Keys in order, in chunks none of which is empty. */
  readonly #chunks: string[][] = []

  constructor(entries: Iterable<readonly [string, V]> = []) {
    this.#values = new Map(entries)
    const keys = [...this.#values.keys()].sort(compare)
    for (let i = 0; i < keys.length; i += CHUNK) this.#chunks.push(keys.slice(i, i + CHUNK))
  }

  get size(): number {
    return this.#values.size
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#insertKey(key)
    this.#values.set(key, value)
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]
    if (chunk === undefined) return
    chunk.splice(lowerBound(chunk.length, (i) => chunk[i], key), 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
  }

  /** The values whose keys begin with `prefix`, in key order: a copy that later changes do not touch. */
  list(prefix: string): V[] {
    const found: V[] = []
    for (let at = this.#chunkOf(prefix); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] ?? []
      for (let i = lowerBound(chunk.length, (n) => chunk[n], prefix); i < chunk.length; i++) {
        const key = chunk[i]
        if (key?.startsWith(prefix) !== true) return found
        const value = this.#values.get(key)
        if (value !== undefined) found.push(value)
      }
    }
    return found
  }

  entries(): IterableIterator<[string, V]> {
    return this.#values.entries()
  }

  #insertKey(key: string): void {
    // A key after all others goes to the last chunk.
    const at = Math.min(this.#chunkOf(key), this.#chunks.length - 1)
    const chunk = this.#chunks[at]
    if (chunk === undefined) {
      this.#chunks.push([key])
      return
    }
    chunk.splice(lowerBound(chunk.length, (i) => chunk[i], key), 0, key)
    if (chunk.length >= 2 * CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK))
  }

  /** The first chunk that holds a key not before `key`; the number of chunks when none does. */
  #chunkOf(key: string): number {
    return lowerBound(this.#chunks.length, (i) => this.#chunks[i]?.at(-1), key)
  }
}

/** The first of `length` ordered places whose key is not before `key`. */
function lowerBound(length: number, keyAt: (i: number) => string | undefined, key: string): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = keyAt(middle)
    if (found !== undefined && found < key) low = middle + 1
    else high = middle
  }
  return low
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
