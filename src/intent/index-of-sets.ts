const NONE: ReadonlySet<string> = new Set()

/** Key -> set of members; empty sets are not kept. */
export class IndexOfSets {
  readonly #sets = new Map<string, Set<string>>()

  get(key: string): ReadonlySet<string> {
    return this.#sets.get(key) ?? NONE
  }

  /** Returns the set's new size. */
  add(key: string, member: string): number {
    let set = this.#sets.get(key)
    if (set === undefined) {
      set = new Set()
      this.#sets.set(key, set)
    }
    set.add(member)
    return set.size
  }

  /** Returns the set's new size. */
  delete(key: string, member: string): number {
    const set = this.#sets.get(key)
    if (set === undefined) return 0
    set.delete(member)
    if (set.size === 0) this.#sets.delete(key)
    return set.size
  }

  toggle(key: string, member: string, present: boolean): void {
    if (present) this.add(key, member)
    else this.delete(key, member)
  }
}
