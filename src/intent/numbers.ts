import { HeddleError } from '../model/errors.js'
import type { CounterRecord, OwnerRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'

/** A range of numbers of which each is given to one owner at a time. */
export interface NumberSpace {
  readonly name: string
  readonly min: number
  readonly max: number
}

/** VNIs have 24 bits; GRE keys more, but a network may change its encapsulation. 0 is left to hand-made tunnels, the last one to probes. */
export const TUNNEL_KEYS: NumberSpace = { name: 'tunnelkey', min: 1, max: 2 ** 24 - 2 }

/** Routing domains: the upper half of `metadata`, and parts of the numbers of the tenants' meters. */
export const DOMAINS: NumberSpace = { name: 'domain', min: 1, max: 2 ** 28 - 1 }

/** Below 256 is left for identities of the controller's own (host, world). */
export const IDENTITIES: NumberSpace = { name: 'identity', min: 256, max: 2 ** 32 - 1 }

/** Rules of policies. So few that a flow that names all of one chunk fits a message: see `flows/policy.ts`. */
export const RULES: NumberSpace = { name: 'rule', min: 1, max: 2 ** 17 - 1 }

/**
 * Conntrack zones of a host; 0 is what everybody else on the host uses. The numbers above are those of the same networks
 * where new connections are counted: see `flows/limit.ts`.
 */
export function zones(host: string): NumberSpace {
  return { name: `zone/${host}`, min: 1, max: 2 ** 14 - 1 }
}

/**
 * Tunnel ports stand below 16; OVS itself numbers ports without a request from 1 up and ends at 0xfeff. A pod's number is
 * also that of its queue on the uplink, and linux-htb takes none from 61440 up; its meters are counted from it.
 */
export function ofports(host: string): NumberSpace {
  return { name: `ofport/${host}`, min: 16, max: 61_439 }
}

/**
 * Next fit: the number after the last one given, so that a released number rests until the space has gone round once.
 * Throws EXHAUSTED when all are taken.
 */
export function allocateNumber(tx: Tx, space: NumberSpace, owner: string): number {
  const counter = `counters/${space.name}`
  const first = tx.get<CounterRecord>(counter)?.value.next ?? space.min
  let candidate = first
  while (tx.get(numberKey(space, candidate)) !== undefined) {
    candidate = following(space, candidate)
    if (candidate === first) {
      throw new HeddleError('EXHAUSTED', `all numbers of ${space.name} (${space.min} to ${space.max}) are in use`)
    }
  }
  tx.put(counter, { next: following(space, candidate) } satisfies CounterRecord)
  tx.put(numberKey(space, candidate), { owner } satisfies OwnerRecord)
  return candidate
}

export function releaseNumber(tx: Tx, space: NumberSpace, value: number): void {
  tx.delete(numberKey(space, value))
}

function numberKey(space: NumberSpace, value: number): string {
  return `numbers/${space.name}/${value}`
}

function following(space: NumberSpace, value: number): number {
  return value === space.max ? space.min : value + 1
}
