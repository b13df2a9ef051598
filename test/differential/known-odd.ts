/** Vectors that we answer otherwise than they expect, at least at times, and why. */
export const KNOWN_ODD: ReadonlyMap<string, string> = new Map<string, string>([
  [
    'ovs:ovsdb-row:ovsdb-compare-rows:row-hashing-scalars:9262d21690',
    'hash functions of a database engine, which a client has no use for',
  ],
  [
    'ovs:ovs-vsctl:vsctl-scenario:database-commands-negative-checks:eff5c70eb0',
    'names a zone by what happened to be in the memory of ovs-vsctl, which does not say the same again itself',
  ],
  [
    'ovs:bridge:vsctl-scenario:bridge-multiple-bridges-share-a-controller:7b90878bd3',
    'depends on when ovs-vswitchd connects; with ovs-vsctl itself it comes out either way',
  ],
])
