import type { HashFields } from '../action/types.js'
import type { Bucket } from '../messages/spec/group-bucket.js'
import type { Group } from '../messages/spec/group.js'
import type { CtModel } from './conntrack.js'
import type { Packet } from './packet.js'

export interface TraceOptions {
  /** What connection tracking finds, in the order in which packets come back from it: `trk|est`. As `--ct-next`. */
  readonly ctNext?: readonly string[]
  /** Decides what `ctNext` does not say. Without it, every connection is new. */
  readonly ct?: CtModel
  /**
   * The bucket of a select group. `hash`: as in a trace, unknown. `each`: all that may be chosen, one after the other.
   * A function gives the bucket, which must be one of those offered.
   */
  readonly select?: 'hash' | 'each' | ((group: Group, live: readonly Bucket[], packet: Packet) => Bucket)
  /** The hash of `multipath` and `bundle`, 32 bits; 0 when not given. */
  readonly hash?: (fields: HashFields | number, basis: number, packet: Packet) => number
}
