/** Numbers messages as ovs-ofctl does: one sequence for the whole run, in which each connection's hello takes one. */
export class Xids {
  #last = 0

  next(): number {
    return ++this.#last
  }
}
