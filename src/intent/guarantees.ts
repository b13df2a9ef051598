import { limitsOf, linkOf } from '../model/bandwidth.js'
import { HeddleError, invalid } from '../model/errors.js'
import { type PodSpec, type Ref, resourceKey } from '../model/kinds.js'
import { formatQuantity, mustParseQuantity } from '../model/quantity.js'
import type {
  BandwidthProfileRecord,
  GuaranteeRecord,
  HostRecord,
  NetworkRecord,
  PodRecord,
} from '../model/records.js'
import type { Tx } from '../store/store.js'
import { profileNameOf, queuesAct, unenforceableOn } from './bandwidth.js'

/**
 * The book of what each host's uplink owes to its pods: a host may not promise more than its uplink has. Whoever changes a
 * pod, or what its profile, network or host say, settles the pods concerned; what was changed has been put before.
 */

/** Throws INVALID when a profile is named that the tenant does not have. */
export function requireProfile(tx: Tx, tenant: string, name: string | undefined): void {
  if (name === undefined || profileOf(tx, tenant, name) !== undefined) return
  throw invalid([{ pointer: '/bandwidth', detail: `bandwidthprofile ${tenant}/${name} does not exist` }])
}

/** `before`: the host that it was on. */
export function settlePod(tx: Tx, ref: Ref, spec: PodSpec, before?: string): void {
  if (before !== undefined && before !== spec.host) releaseGuarantee(tx, ref, before)
  if (note(tx, ref, spec, '/bandwidth')) checkHost(tx, spec.host, '/bandwidth')
}

export function releaseGuarantee(tx: Tx, ref: Ref, host: string): void {
  tx.delete(guaranteeKey(ref, host))
}

export function settleNetwork(tx: Tx, { tenant = '', name }: Ref): void {
  settleAll(tx, podsBelow(tx, `pods/${tenant}/${name}/`), '/bandwidth')
}

export function settleProfile(tx: Tx, { tenant = '', name }: Ref): void {
  settleAll(tx, podsWith(tx, tenant, name), '/egress/guaranteed')
}

/** Its uplink or datapath may be another. */
export function settleHost(tx: Tx, host: string): void {
  const pods = podsBelow(tx, 'pods/').filter(({ spec }) => spec.host === host)
  settleAll(tx, pods, '/uplink')
  checkHost(tx, host, '/uplink')
}

interface StoredPod {
  readonly ref: Ref
  readonly spec: PodSpec
}

/** Pods whose profile it is, by their own word or by their network's. */
export function podsWith(tx: Pick<Tx, 'get' | 'list'>, tenant: string, profile: string): StoredPod[] {
  return podsBelow(tx, `pods/${tenant}/`).filter(
    ({ ref, spec }) => profileNameOf(spec, networkOf(tx, ref)?.spec) === profile,
  )
}

function podsBelow(tx: Pick<Tx, 'list'>, prefix: string): StoredPod[] {
  return Array.from(tx.list<PodRecord>(prefix), ({ key, value }) => {
    const [, tenant = '', network = '', name = ''] = key.split('/')
    return { ref: { tenant, network, name }, spec: value.spec }
  })
}

function settleAll(tx: Tx, pods: readonly StoredPod[], pointer: string): void {
  const hosts = new Set<string>()
  for (const { ref, spec } of pods) if (note(tx, ref, spec, pointer)) hosts.add(spec.host)
  for (const host of hosts) checkHost(tx, host, pointer)
}

/** Brings the pod's line in the book up to date; true when its host owes it something. Throws where that is refused. */
function note(tx: Tx, ref: Ref, spec: PodSpec, pointer: string): boolean {
  const { tenant = '' } = ref
  const network = networkOf(tx, ref)
  const host = tx.get<HostRecord>(resourceKey('Host', { name: spec.host }))?.value
  const name = profileNameOf(spec, network?.spec)
  const profile = name === undefined ? undefined : profileOf(tx, tenant, name)
  const key = guaranteeKey(ref, spec.host)
  const bits = profile && limitsOf(profile.spec.egress).guaranteed
  if (profile !== undefined && host !== undefined && network?.spec.unenforceable === 'refuse') {
    const broken = unenforceableOn(spec.host, host.spec, profile.spec).find(({ field }) => field.endsWith('.guaranteed'))
    if (broken !== undefined) {
      const detail = `${broken.field} of pod ${podName(ref)} is ${broken.reason}, which its network refuses`
      throw invalid([{ pointer, detail }])
    }
  }
  if (bits === undefined || host === undefined || !queuesAct(host.spec)) {
    tx.delete(key)
    return false
  }
  tx.put(key, { bits } satisfies GuaranteeRecord)
  return true
}

/** Throws EXHAUSTED, naming who holds how much, when the host owes more than its uplink has. */
function checkHost(tx: Tx, host: string, pointer: string): void {
  const spec = tx.get<HostRecord>(resourceKey('Host', { name: host }))?.value.spec
  const link = spec && linkOf(spec)
  if (link === undefined) return
  const { bandwidth, overcommit } = link
  const room = mustParseQuantity('bitRate', bandwidth) * overcommit
  const holders = Array.from(tx.list<GuaranteeRecord>(`guarantees/${host}/`), ({ key, value }) => ({
    pod: key.split('/').slice(2).join('/'),
    bits: value.bits,
  }))
  const owed = holders.reduce((sum, { bits }) => sum + bits, 0)
  if (owed <= room) return
  const detail =
    `host ${host} can guarantee ${bitRate(room)} (uplink ${bandwidth}, overcommit ${overcommit}), ` +
    `but would owe ${bitRate(owed)}: ${describeHolders(holders)}`
  throw new HeddleError('EXHAUSTED', detail, [{ pointer, detail }])
}

/** So many are named, the largest first. */
const NAMED_HOLDERS = 10

function describeHolders(holders: readonly { readonly pod: string; readonly bits: number }[]): string {
  const sorted = holders.toSorted((a, b) => b.bits - a.bits)
  const named = sorted.slice(0, NAMED_HOLDERS).map(({ pod, bits }) => `${pod} ${bitRate(bits)}`)
  const others = sorted.slice(NAMED_HOLDERS)
  const rest = others.reduce((sum, { bits }) => sum + bits, 0)
  return [...named, ...(others.length > 0 ? [`${others.length} more ${bitRate(rest)}`] : [])].join(', ')
}

function bitRate(bits: number): string {
  return formatQuantity('bitRate', bits)
}

function networkOf(tx: Pick<Tx, 'get'>, { tenant = '', network = '' }: Ref): NetworkRecord | undefined {
  return tx.get<NetworkRecord>(resourceKey('Network', { tenant, name: network }))?.value
}

function profileOf(tx: Pick<Tx, 'get'>, tenant: string, name: string): BandwidthProfileRecord | undefined {
  return tx.get<BandwidthProfileRecord>(resourceKey('BandwidthProfile', { tenant, name }))?.value
}

function podName({ tenant = '', network = '', name }: Ref): string {
  return `${tenant}/${network}/${name}`
}

function guaranteeKey(ref: Ref, host: string): string {
  return `guarantees/${host}/${podName(ref)}`
}
