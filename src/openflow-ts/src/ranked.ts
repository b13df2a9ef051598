/** Items in the order of their ranks, of which there are few that come nearly in order. */
export class Ranked<T> {
  readonly items: T[] = []
  readonly #ranks: number[] = []

  put(rank: number, item: T): void {
    const ranks = this.#ranks
    const items = this.items
    let at = ranks.length
    for (; at > 0 && (ranks[at - 1] ?? 0) > rank; at--) {
      ranks[at] = ranks[at - 1] ?? 0
      items[at] = items[at - 1] as T
    }
    ranks[at] = rank
    items[at] = item
  }
}
