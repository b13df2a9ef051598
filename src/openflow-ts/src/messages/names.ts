/** Layouts of numbers and bits that have names. */
import { DecodeError, EncodeError } from '../errors.js'
import type { Layout } from './layout.js'

/** One of the names in `table`. A number without a name is refused with the OFPERR `reply`. */
export function choice<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
  reply: string,
): Layout<N> {
  const names = new Map<number, N>((Object.entries(table) as [N, number][]).map(([name, value]) => [value, name]))
  return {
    write(w, value, scope) {
      if (!Object.hasOwn(table, value)) throw new EncodeError(`"${value}" is none of ${Object.keys(table).join(', ')}`)
      number.write(w, table[value], scope)
    },
    read(r, scope) {
      const offset = r.offset
      const value = number.read(r, scope)
      const name = names.get(value)
      if (name === undefined) throw new DecodeError(`${value} has no meaning here`, { offset, reply })
      return name
    },
  }
}

/** One of the names in `table`, or the number itself where it has no name. */
export function nameOrNumber<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
): Layout<N | number> {
  const names = new Map<number, N>((Object.entries(table) as [N, number][]).map(([name, value]) => [value, name]))
  return {
    write(w, value, scope) {
      if (typeof value === 'number') number.write(w, value, scope)
      else if (Object.hasOwn(table, value)) number.write(w, table[value], scope)
      else throw new EncodeError(`"${value}" is none of ${Object.keys(table).join(', ')}`)
    },
    read(r, scope) {
      const value = number.read(r, scope)
      return names.get(value) ?? value
    },
  }
}

/** A set of the one-bit names in `table`. A bit without a name is refused with the OFPERR `reply`. */
export function flagSet<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
  reply: string,
): Layout<readonly N[]> {
  const all = Object.entries(table) as [N, number][]
  const none: readonly N[] = []
  return {
    write(w, value, scope) {
      let bits = 0
      for (const name of value) {
        if (!Object.hasOwn(table, name)) throw new EncodeError(`unknown flag "${name}"`)
        bits |= table[name]
      }
      number.write(w, bits >>> 0, scope)
    },
    read(r, scope) {
      const offset = r.offset
      let bits = number.read(r, scope)
      if (bits === 0) return none
      const names: N[] = []
      for (const [name, bit] of all) {
        if ((bits & bit) === 0) continue
        names.push(name)
        bits &= ~bit
      }
      if (bits !== 0) throw new DecodeError(`flags 0x${(bits >>> 0).toString(16)} have no meaning`, { offset, reply })
      return names
    },
  }
}

/** The same, where other bits mean something to others: they come as one number. */
export function openFlagSet<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
): Layout<readonly (N | number)[]> {
  const all = Object.entries(table) as [N, number][]
  return {
    write(w, value, scope) {
      let bits = 0
      for (const flag of value) {
        if (typeof flag !== 'number' && !Object.hasOwn(table, flag)) throw new EncodeError(`unknown flag "${flag}"`)
        bits |= typeof flag === 'number' ? flag : table[flag]
      }
      number.write(w, bits >>> 0, scope)
    },
    read(r, scope) {
      const bits = number.read(r, scope)
      const named = all.filter(([, bit]) => (bits & bit) !== 0)
      const others = named.reduce((left, [, bit]) => left & ~bit, bits) >>> 0
      const names = named.map(([name]) => name)
      return others === 0 ? names : [...names, others]
    },
  }
}
