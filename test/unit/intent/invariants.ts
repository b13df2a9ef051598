import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { canonicalIp, contains, formatCidr, formatMac, ipAt, mustParseCidr, mustParseIp, offsetIn, prefixAround, size } from '../../../src/model/address.js'
import { hostMac } from '../../../src/intent/segment.js'
import type {
  AdminPolicyRecord,
  BlockRecord,
  HostBlocksRecord,
  HostRecord,
  IdentityRecord,
  NetworkPolicyRecord,
  NetworkRecord,
  OwnerRecord,
  PeeringRecord,
  PodRecord,
  RuleRecord,
  TenantRecord,
  ZoneRecord,
} from '../../../src/model/records.js'
import type { NetworkSpec } from '../../../src/model/kinds.js'
import type { Reader } from '../../../src/store/store.js'
import { assignable, cut, macIsRight } from './refusals.js'

/** Everything that the allocators' books must say, told from the resources. Throws AssertionError. */
export function checkInvariants(store: Reader): void {
  checkAddresses(store)
  checkBlocks(store)
  checkNumbers(store)
  checkIdentities(store)
  checkZones(store)
  checkRules(store)
  checkNames(store)
}

interface Pod {
  readonly key: string
  readonly tenant: string
  readonly network: string
  readonly record: PodRecord
}

function podsOf(store: Reader, prefix = ''): Pod[] {
  return Array.from(store.list<PodRecord>(`pods/${prefix}`), ({ key, value }) => {
    const [, tenant = '', network = ''] = key.split('/')
    return { key, tenant, network, record: value }
  })
}

function networkSpec(store: Reader, tenant: string, network: string): NetworkSpec {
  const entry = store.get<NetworkRecord>(`networks/${tenant}/${network}`)
  assert(entry !== undefined, `network ${tenant}/${network} is there`)
  return entry.value.spec
}

/** The block of one of a pod's addresses, by its network's spec. */
function blockKeyOf(store: Reader, { tenant, network }: Pod, address: string): string {
  const spec = networkSpec(store, tenant, network)
  const ip = mustParseIp(address)
  const cidr = spec.cidrs.find((text) => contains(mustParseCidr(text), ip))
  assert(cidr !== undefined)
  return `blocks/${tenant}/${network}/${formatCidr(prefixAround(ip, cut(spec, cidr)))}`
}

function checkAddresses(store: Reader): void {
  const owners = new Map<string, string>()
  for (const pod of podsOf(store)) {
    const { key, tenant, network, record: own } = pod
    const spec = networkSpec(store, tenant, network)
    const families = own.addresses.map((address) => mustParseIp(address).family)
    assert(families.length > 0 && ['4', '6', '4,6'].includes(families.join()), `${key}: ${own.addresses.join()}`)
    for (const address of own.addresses) {
      assert(assignable(spec.cidrs, address), `${key}: ${address} may be had in ${spec.cidrs.join()}`)
      const holder = owners.get(`${tenant} ${address}`)
      assert.equal(holder, undefined, `${address} is ${key}'s alone`)
      owners.set(`${tenant} ${address}`, key)
      const block = store.get<BlockRecord>(blockKeyOf(store, pod, address))?.value
      const stray = own.strays.includes(address)
      assert(stray || block?.host === own.spec.host, `${key}: ${address} is outside its host's blocks and not a stray`)
    }
    for (const stray of own.strays) assert(own.addresses.includes(stray))
    for (const fixed of own.spec.addresses ?? [own.spec.address].filter((text) => text !== undefined)) {
      assert(own.addresses.some((address) => isDeepStrictEqual(mustParseIp(address), mustParseIp(fixed))))
    }
    assert(macIsRight(own), `${key}: ${own.mac}`)
    assert(store.get(`hosts/${own.spec.host}`) !== undefined)
  }
}

function checkBlocks(store: Reader): void {
  const inBlock = new Map<string, string[]>()
  const lone = new Set<string>()
  for (const pod of podsOf(store)) {
    for (const address of pod.record.addresses) {
      const key = blockKeyOf(store, pod, address)
      if (store.get(key) === undefined) lone.add(`strays/${pod.tenant}/${pod.network}/${address}`)
      inBlock.set(key, [...(inBlock.get(key) ?? []), address])
    }
  }
  assert.deepEqual(
    Array.from(store.list('strays/'), ({ key }) => key),
    [...lone].sort(),
    'addresses outside all blocks',
  )
  const ofHost = new Map<string, Set<string>>()
  for (const { key, value } of store.list<BlockRecord>('blocks/')) {
    checkBlock(store, key, value, inBlock.get(key) ?? [])
    const [, tenant = '', network = '', ...cidr] = key.split('/')
    const books = `hostblocks/${tenant}/${network}/${value.host}`
    ofHost.set(books, (ofHost.get(books) ?? new Set()).add(cidr.join('/')))
  }
  const books = Array.from(store.list<HostBlocksRecord>('hostblocks/'), ({ key, value }) => {
    assert.equal(new Set(value.blocks).size, value.blocks.length)
    return [key, new Set(value.blocks)] as const
  })
  assert.deepEqual(new Map(books), ofHost, 'blocks of hosts')
}

function checkBlock(store: Reader, key: string, block: BlockRecord, addresses: readonly string[]): void {
  const [, tenant = '', network = '', ...text] = key.split('/')
  const cidr = mustParseCidr(text.join('/'))
  const spec = networkSpec(store, tenant, network)
  const range = spec.cidrs.find((candidate) => contains(mustParseCidr(candidate), ipAt(cidr, 0)))
  assert(range !== undefined && cut(spec, range) === cidr.prefix, `${key} is a block of ${spec.cidrs.join()}`)
  assert(store.get(`hosts/${block.host}`) !== undefined, `${key}: its host is there`)
  assert.equal(block.pods, addresses.length, `${key}: pods`)
  const whole = mustParseCidr(range)
  const places = whole.family === 4 ? [0, 1, size(whole) - 1] : [0, 1]
  const reserved = places.map((place) => ipAt(whole, place)).filter((ip) => contains(cidr, ip))
  const used = new Set([...addresses.map(mustParseIp), ...reserved].map((ip) => offsetIn(cidr, ip)))
  const bytes = Buffer.from(block.used, 'hex')
  assert.equal(bytes.length, Math.ceil(size(cidr) / 8))
  for (let i = 0; i < bytes.length * 8; i++) {
    const bit = ((bytes[i >> 3]! >> (i % 8)) & 1) === 1
    assert.equal(bit, used.has(i), `${key}: bit ${i}`)
  }
  assert(block.cursor >= 0 && block.cursor < size(cidr))
  assert(block.pods > 0 || used.size < size(cidr), `${key}: a block without any address to give is nobody's`)
}

function checkNumbers(store: Reader): void {
  const wanted = new Map<string, string>()
  const want = (space: string, value: number, owner: string) => {
    const key = `numbers/${space}/${value}`
    assert.equal(wanted.get(key), undefined, `${key} is ${owner}'s alone`)
    wanted.set(key, owner)
  }
  for (const { key, value } of store.list<TenantRecord>('tenants/')) want('domain', value.domain, key)
  for (const { key, value } of store.list<NetworkRecord>('networks/')) want('tunnelkey', value.tunnelKey, key)
  for (const { key, value } of store.list<IdentityRecord>('identities/')) want('identity', value.id, key)
  for (const { key, record: pod } of podsOf(store)) want(`ofport/${pod.spec.host}`, pod.ofport, key)
  for (const { key, value } of store.list<RuleRecord>('rules/')) want('rule', value.id, key)
  for (const { key, value } of store.list<ZoneRecord>('zones/')) want(`zone/${key.split('/')[1]}`, value.zone, key)
  const actual = Array.from(store.list<OwnerRecord>('numbers/'), ({ key, value }) => [key, value.owner] as const)
  assert.deepEqual(new Map(actual), wanted, 'numbers in use')
}

function checkIdentities(store: Reader): void {
  const bySet = new Map<string, { readonly ids: Set<number>; pods: number }>()
  for (const { tenant, network, record: pod } of podsOf(store)) {
    const text = JSON.stringify([tenant, network, Object.entries(pod.spec.labels ?? {}).sort()])
    const group = bySet.get(text) ?? { ids: new Set(), pods: 0 }
    group.ids.add(pod.identity)
    group.pods++
    bySet.set(text, group)
  }
  const used = new Map<string, { readonly ids: Set<number>; readonly pods: number }>()
  for (const { key, value } of store.list<IdentityRecord>('identities/')) {
    const [, tenant, network] = key.split('/')
    assert(store.get(`networks/${tenant}/${network}`) !== undefined, `${key}: its network is there`)
    assert.equal(value.unusedSince === undefined, value.pods > 0, `${key} rests when no pod has it, and only then`)
    const text = JSON.stringify([tenant, network, Object.entries(value.labels).sort()])
    if (value.pods > 0) used.set(text, { ids: new Set([value.id]), pods: value.pods })
  }
  assert.deepEqual(used, bySet, 'one identity a set of labels and network')
}

/** A zone for each network on each host where it has pods; one that it had stays while host and network do. */
function checkZones(store: Reader): void {
  for (const { tenant, network, record } of podsOf(store)) {
    assert(store.get(`zones/${record.spec.host}/${tenant}/${network}`) !== undefined)
  }
  for (const { key } of store.list('zones/')) {
    const [, host, tenant, network] = key.split('/')
    assert(store.get(`hosts/${host}`) !== undefined, `${key}: its host is there`)
    assert(store.get(`networks/${tenant}/${network}`) !== undefined, `${key}: its network is there`)
  }
}

/** Each rule of each policy has a number; the books count who has it. */
function checkRules(store: Reader): void {
  const users = new Map<number, number>()
  for (const collection of ['networkpolicies/', 'adminpolicies/']) {
    for (const { key, value } of store.list<NetworkPolicyRecord | AdminPolicyRecord>(collection)) {
      const { ingress = [], egress = [] } = value.spec
      assert.equal(value.rules.length, ingress.length + egress.length, `${key}: a number a rule`)
      for (const id of value.rules) users.set(id, (users.get(id) ?? 0) + 1)
    }
  }
  const books = Array.from(store.list<RuleRecord>('rules/'), ({ value }) => [value.id, value.users] as const)
  assert.deepEqual(new Map(books), users, 'rules by their numbers')
}

function checkNames(store: Reader): void {
  const wanted = new Map<string, string>()
  for (const { key, record: pod } of podsOf(store)) wanted.set(`interfaces/${pod.spec.host}/${pod.interface}`, key)
  for (const { key, value } of store.list<HostRecord>('hosts/')) {
    wanted.set(`tunnels/${canonicalIp(value.spec.tunnelAddress)}`, key)
    wanted.set(`hostmacs/${formatMac(hostMac(value))}`, key)
    wanted.set(`systems/${value.spec.systemId ?? key.slice('hosts/'.length)}`, key)
  }
  for (const { key, value } of store.list<AdminPolicyRecord>('adminpolicies/')) {
    wanted.set(`adminpriorities/${value.spec.tier ?? 'Admin'}/${value.spec.priority}`, key)
  }
  for (const { key, value } of store.list<PeeringRecord>('peerings/')) {
    wanted.set(`peers/${key.split('/')[1]}/${value.spec.peer}`, key)
  }
  const actual = ['interfaces/', 'tunnels/', 'hostmacs/', 'systems/', 'adminpriorities/', 'peers/'].flatMap((prefix) =>
    Array.from(store.list<OwnerRecord>(prefix), ({ key, value }) => [key, value.owner] as const),
  )
  assert.deepEqual(new Map(actual), wanted, 'names that only one may hold')
}
