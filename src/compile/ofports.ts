/**
 * Port numbers of one host that OVS gave where it did not grant the request. A number is one port's: the newest report
 * of it counts, and a request for it is not granted.
 */
export class Ofports {
  readonly #numbers = new Map<string, number>()
  readonly #holders = new Map<number, string>()

  all(): Iterable<readonly [port: string, ofport: number]> {
    return this.#numbers
  }

  /** What the port has; undefined: another has the number asked for, and what it got instead is not known yet. */
  get(port: string, requested: number): number | undefined {
    return this.#numbers.get(port) ?? (this.#holders.has(requested) ? undefined : requested)
  }

  /** Notes a report (`undefined`: as asked for, or gone). Returns the ports and numbers of which something changed. */
  set(port: string, ofport: number | undefined): { readonly ports: Set<string>; readonly numbers: Set<number> } {
    const changed = { ports: new Set<string>(), numbers: new Set<number>() }
    const before = this.#numbers.get(port)
    if (before === ofport) return changed
    changed.ports.add(port)
    if (before !== undefined) {
      this.#holders.delete(before)
      this.#numbers.delete(port)
      changed.numbers.add(before)
    }
    if (ofport !== undefined) {
      const loser = this.#holders.get(ofport)
      if (loser !== undefined) {
        this.#numbers.delete(loser)
        changed.ports.add(loser)
      }
      this.#holders.set(ofport, port)
      this.#numbers.set(port, ofport)
      changed.numbers.add(ofport)
    }
    return changed
  }
}
