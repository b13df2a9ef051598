import { canonicalJson, isJsonArray, isJsonObject, type Json } from 'ovsdb-client'

/**
 * The order in which Open vSwitch's programs go through a hash table of names. Lists of tables and columns, updates of
 * a monitor and backups are printed in it.
 */

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

function addWord(hash: number, word: number): number {
  const mixed = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
  return Math.imul(rotate(hash ^ mixed, 13), 5) + 0xe6546b64
}

/** MurmurHash3 of a name's bytes, as `hash_string` of Open vSwitch has it. */
export function hashName(name: string): number {
  const bytes = Buffer.from(name)
  let hash = 0
  for (let at = 0; at < bytes.length; at += 4) {
    // The last word may be shorter.
    hash = addWord(hash, bytes.readUIntLE(at, Math.min(4, bytes.length - at)))
  }
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

interface Node {
  readonly name: string
  readonly hash: number
}

/** Buckets for so many names: a power of two, at least half as many, and four when there is more than one. */
function bucketCount(names: number): number {
  let count = 1
  while (count - 1 < names >>> 1) count *= 2
  return count === 2 ? 4 : count
}

/** What comes last into a bucket is met first. */
function place(nodes: Iterable<Node>, size: number): Node[][] {
  const buckets = Array.from({ length: size }, (): Node[] => [])
  for (const node of nodes) buckets[node.hash & (size - 1)]?.unshift(node)
  return buckets
}

/** Names in the order in which a hash table that they are put into one after the other is gone through. */
export function hashOrder(names: Iterable<string>): readonly string[] {
  let buckets: Node[][] = [[]]
  let count = 0
  for (const name of names) {
    const node = { name, hash: hashName(name) }
    buckets[node.hash & (buckets.length - 1)]?.unshift(node)
    count++
    if (count >>> 1 <= buckets.length - 1) continue
    const size = bucketCount(count)
    if (size > buckets.length) buckets = place(buckets.flat(), size)
  }
  return buckets.flat().map(({ name }) => name)
}

/** The text of an object whose members stand in this order; `text` gives that of a member. */
export function hashedMembers<T>(
  members: Readonly<Record<string, T>>,
  text: (value: T) => string,
  omitted: readonly string[] = [],
): string {
  const parts = hashOrder(Object.keys(members)).flatMap((name) => {
    const { [name]: value } = members
    return value === undefined || omitted.includes(name) ? [] : [`${JSON.stringify(name)}:${text(value)}`]
  })
  return `{${parts.join(',')}}`
}

/** JSON text whose members stand in this order, as backups and some messages have it. */
export function hashedJson(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(hashedJson).join(',')}]`
  return isJsonObject(value) ? hashedMembers(value, hashedJson) : canonicalJson(value)
}
