/** Numbers messages as ovs-ofctl does: one sequence for the whole run, in which each connection's hello takes one. */
export class Xids {
  #last = 0

  next(): number {
    return ++this.#last
  }

  /** Takes the next `count` numbers; gives the first. */
  take(count: number): number {
    this.#last += count
    return this.#last - count + 1
  }
}
