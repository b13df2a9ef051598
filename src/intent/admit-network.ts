import { type Cidr, formatCidr, mustParseCidr, overlaps } from '../model/address.js'
import { HeddleError, type Issue } from '../model/errors.js'
import { describeRef, type NetworkSpec, type Ref } from '../model/kinds.js'
import type { NetworkRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import { type NetworkScope, releaseBlocks, usesWithin } from './ipam.js'
import { allocateNumber, releaseNumber, TUNNEL_KEYS } from './numbers.js'
import { blockPrefix } from './ranges.js'
import { firstKey, inUse, type KindRules, recordBase } from './rules.js'

export const networkRules: KindRules<'Network'> = {
  admit(tx, ref, spec, current, now) {
    refuseOverlaps(tx, ref, spec)
    if (current !== undefined) checkShrink(tx, scopeOf(ref, current.spec), spec)
    const tunnelKey = current?.tunnelKey ?? allocateNumber(tx, TUNNEL_KEYS, `networks/${ref.tenant ?? ''}/${ref.name}`)
    return { ...recordBase(current, spec, now), tunnelKey }
  },

  release(tx, ref, { spec, tunnelKey }) {
    const pod = firstKey(tx, `pods/${ref.tenant ?? ''}/${ref.name}/`)
    if (pod !== undefined) throw inUse(`${describeRef('Network', ref)} still has ${pod}`)
    releaseBlocks(tx, scopeOf(ref, spec))
    releaseNumber(tx, TUNNEL_KEYS, tunnelKey)
  },
}

function scopeOf(ref: Ref, spec: NetworkSpec): NetworkScope {
  return { tenant: ref.tenant ?? '', name: ref.name, spec }
}

/** Networks of one tenant are routed to each other, so their ranges must differ; other tenants' do not matter. */
function refuseOverlaps(tx: Tx, ref: Ref, spec: NetworkSpec): void {
  const tenant = ref.tenant ?? ''
  const own = spec.cidrs.map(mustParseCidr)
  const issues: Issue[] = []
  for (const { key, value } of tx.list<NetworkRecord>(`networks/${tenant}/`)) {
    if (key === `networks/${tenant}/${ref.name}`) continue
    for (const theirs of value.spec.cidrs) {
      own.forEach((cidr, i) => {
        if (!overlaps(cidr, mustParseCidr(theirs))) return
        const detail = `${formatCidr(cidr)} overlaps ${theirs} of ${key}, and networks of one tenant are routed to each other`
        issues.push({ pointer: `/cidrs/${i}`, detail })
      })
    }
  }
  const [first] = issues
  if (first !== undefined) throw new HeddleError('CONFLICT', issues.map(({ detail }) => detail).join('; '), issues)
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
