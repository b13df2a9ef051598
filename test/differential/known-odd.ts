/** Vectors that we answer otherwise than the real tool, and why. */
export const KNOWN_ODD: ReadonlyMap<string, string> = new Map<string, string>([
  [
    'ovs:ovsdb-row:ovsdb-compare-rows:row-hashing-scalars:9262d21690',
    'hash functions of a database engine, which a client has no use for',
  ],
])
