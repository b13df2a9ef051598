import { type Cidr, formatCidr, mustParseCidr, overlaps } from '../model/address.js'
import { HeddleError, type Issue } from '../model/errors.js'
import { describeRef, type NetworkSpec, type Ref } from '../model/kinds.js'
import type { NetworkPolicyRecord, NetworkRecord } from '../model/records.js'
import type { Reader, Tx } from '../store/store.js'
import { refuseOffSegmentPods, refuseTakenRanges } from './admit-direct.js'
import { releaseIdentities } from './identities.js'
import { type NetworkScope, releaseBlocks, usesWithin } from './ipam.js'
import { allocateNumber, releaseNumber, TUNNEL_KEYS } from './numbers.js'
import { activePeers, peersOfPeers } from './peerings.js'
import { blockPrefix } from './ranges.js'
import { firstKey, inUse, type KindRules, recordBase } from './rules.js'
import { releaseZonesOfNetwork } from './zones.js'

export const networkRules: KindRules<'Network'> = {
  admit(tx, ref, spec, current, now) {
    refuseOverlaps(tx, ref, spec)
    refuseTakenRanges(tx, ref, spec)
    refuseOffSegmentPods(tx, ref, spec)
    if (current !== undefined) checkShrink(tx, scopeOf(ref, current.spec), spec)
    const tunnelKey = current?.tunnelKey ?? allocateNumber(tx, TUNNEL_KEYS, `networks/${ref.tenant ?? ''}/${ref.name}`)
    return { ...recordBase(current, spec, now), tunnelKey }
  },

  release(tx, ref, { spec, tunnelKey }) {
    const pod = firstKey(tx, `pods/${ref.tenant ?? ''}/${ref.name}/`)
    if (pod !== undefined) throw inUse(`${describeRef('Network', ref)} still has ${pod}`)
    const policy = policyOf(tx, ref)
    if (policy !== undefined) throw inUse(`${describeRef('Network', ref)} still has ${policy}`)
    const scope = { tenant: ref.tenant ?? '', network: ref.name }
    releaseBlocks(tx, scopeOf(ref, spec))
    releaseZonesOfNetwork(tx, scope)
    releaseIdentities(tx, scope)
    releaseNumber(tx, TUNNEL_KEYS, tunnelKey)
  },
}

/** A policy that is about this network alone. */
function policyOf(tx: Tx, { tenant = '', name }: Ref): string | undefined {
  for (const { key, value } of tx.list<NetworkPolicyRecord>(`networkpolicies/${tenant}/`)) {
    if (value.spec.network === name) return key
  }
  return undefined
}

function scopeOf(ref: Ref, spec: NetworkSpec): NetworkScope {
  return { tenant: ref.tenant ?? '', name: ref.name, spec }
}

/**
 * Networks that some tenant reaches both, its own and its peers', must differ in their ranges: a packet of it could go to
 * either. Others do not matter.
 */
function refuseOverlaps(tx: Tx, ref: Ref, spec: NetworkSpec): void {
  const tenant = ref.tenant ?? ''
  const own = `networks/${tenant}/${ref.name}`
  const issues = [
    ...[tenant, ...activePeers(tx, tenant)].flatMap((other) => overlapsWith(tx, own, spec, other, ROUTED)),
    ...peersOfPeers(tx, tenant).flatMap(({ tenant: other, by }) => overlapsWith(tx, own, spec, other, reachedBy(by))),
  ]
  const [first] = issues
  if (first !== undefined) throw new HeddleError('CONFLICT', issues.map(({ detail }) => detail).join('; '), issues)
}

const ROUTED = 'these networks are routed to each other'

function reachedBy(tenant: string): string {
  return `tenant ${tenant} has peerings with both`
}

/** Overlaps of a network (by its key) with those of a tenant; `why`: what is wrong with that. */
function overlapsWith(reader: Reader, own: string, spec: NetworkSpec, tenant: string, why: string): Issue[] {
  return Array.from(reader.list<NetworkRecord>(`networks/${tenant}/`)).flatMap(({ key, value }) =>
    key === own ? [] : overlapsOf(spec, key, value, why),
  )
}

function overlapsOf(spec: NetworkSpec, key: string, { spec: theirs }: NetworkRecord, why: string): Issue[] {
  return spec.cidrs.flatMap((cidr, i) =>
    theirs.cidrs
      .filter((other) => overlaps(mustParseCidr(cidr), mustParseCidr(other)))
      .map((other) => ({ pointer: `/cidrs/${i}`, detail: `${cidr} overlaps ${other} of ${key}, and ${why}` })),
  )
}

/** Why a peering of two tenants cannot act: what either of them, or one of their peers, would then see twice. */
export function overlapsBetween(reader: Reader, a: string, b: string): string[] {
  const across = (one: string, other: string, why: string): string[] =>
    Array.from(reader.list<NetworkRecord>(`networks/${one}/`)).flatMap(({ key, value }) =>
      overlapsWith(reader, key, value.spec, other, why).map(({ detail }) => `${key}: ${detail}`),
    )
  const others = (tenant: string, but: string) => activePeers(reader, tenant).filter((peer) => peer !== but)
  return [
    ...across(a, b, ROUTED),
    ...others(b, a).flatMap((third) => across(a, third, reachedBy(b))),
    ...others(a, b).flatMap((third) => across(b, third, reachedBy(a))),
  ]
}

/** Addresses in use stay valid: their CIDR must remain, cut into the same blocks. */
function checkShrink(tx: Tx, before: NetworkScope, after: NetworkSpec): void {
  const remaining = after.cidrs.map(mustParseCidr)
  for (const cidr of before.spec.cidrs.map(mustParseCidr)) {
    const same = remaining.some((other) => sameCidr(other, cidr))
    if (same && blockPrefix(after, cidr) === blockPrefix(before.spec, cidr)) continue
    const pods = usesWithin(tx, before, cidr)
    const cut = cidr.family === 4 ? '/blockPrefix' : '/blockPrefix6'
    if (pods > 0) throw stillUsed(same ? cut : '/cidrs', cidr, pods)
    releaseBlocks(tx, before, { within: cidr })
  }
}

function stillUsed(pointer: string, cidr: Cidr, pods: number): HeddleError {
  const detail = `${formatCidr(cidr)} still has addresses of ${pods} pods: it can neither go nor change its blocks`
  return new HeddleError('IN_USE', detail, [{ pointer, detail }])
}

function sameCidr(a: Cidr, b: Cidr): boolean {
  return a.prefix === b.prefix && overlaps(a, b)
}
