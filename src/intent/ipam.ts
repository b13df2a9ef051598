import {
  type Cidr,
  contains,
  formatCidr,
  formatIpv4,
  type Ipv4,
  mustParseCidr,
  mustParseIpv4,
  netmask,
  size,
} from '../model/address.js'
import { HeddleError, invalid } from '../model/errors.js'
import type { NetworkSpec } from '../model/kinds.js'
import type { BlockRecord, HostBlocksRecord, OwnerRecord } from '../model/records.js'
import type { Reader, Tx } from '../store/store.js'
import { Bitmap } from './bitmap.js'

/**
 * Addresses by host blocks. A host owns blocks of a network, so that other hosts need one route a block. An address
 * outside its host's blocks (fixed elsewhere, borrowed when no block is left, kept by a pod that moved) is a *stray*:
 * other hosts need a route for it alone.
 */

export interface NetworkScope {
  readonly tenant: string
  readonly name: string
  readonly spec: NetworkSpec
}

export interface AllocatedAddress {
  readonly address: string
  readonly stray: boolean
}

/** Routers answer at the first address of each CIDR. */
export function gatewayOf(cidr: Cidr): Ipv4 {
  return cidr.address + 1
}

/**
 * Prefix length of the blocks of one CIDR: as asked, else /26 in large ranges and a sixteenth of small ones, so that
 * several hosts get a block each; never more than the CIDR itself.
 */
export function blockPrefix(spec: NetworkSpec, cidr: Cidr): number {
  const wanted = spec.blockPrefix ?? Math.max(26, Math.min(cidr.prefix + 4, 30))
  return Math.max(wanted, cidr.prefix)
}

/** An address for a pod on `host`: `fixed`, or the next free one. Throws INVALID, CONFLICT or EXHAUSTED. */
export function allocateAddress(
  tx: Tx,
  network: NetworkScope,
  host: string,
  owner: string,
  fixed?: string,
): AllocatedAddress {
  return fixed === undefined ? allocateAny(tx, network, host, owner) : allocateFixed(tx, network, host, owner, fixed)
}

export function releaseAddress(tx: Tx, network: NetworkScope, address: string): void {
  tx.delete(strayKey(network, address))
  const cidr = blockAround(network.spec, mustParseIpv4(address))
  const block = cidr && readBlock(tx, network, cidr)
  if (cidr === undefined || block === undefined) return
  const used = Bitmap.parse(block.used, size(cidr))
  used.delete(mustParseIpv4(address) - cidr.address)
  const pods = block.pods - 1
  // The last block of a host stays with it: the next pod there then costs no other host a route.
  if (pods === 0 && hostBlocks(tx, network, block.host).length > 1) disown(tx, network, cidr, block)
  else tx.put(blockKey(network, cidr), { ...block, used: used.toString(), pods } satisfies BlockRecord)
}

/** Whether `address` needs a route of its own when its pod is on `host`. */
export function isStray(reader: Reader, network: NetworkScope, host: string, address: string): boolean {
  const cidr = blockAround(network.spec, mustParseIpv4(address))
  const block = cidr && reader.get<BlockRecord>(blockKey(network, cidr))?.value
  return block?.host !== host
}

/** Frees the network's blocks: all, or those of one host, or those within one CIDR. */
export function releaseBlocks(
  tx: Tx,
  network: NetworkScope,
  which: { readonly host?: string; readonly within?: Cidr } = {},
): void {
  for (const { key, value } of [...tx.list<BlockRecord>(blocksPrefix(network))]) {
    const cidr = mustParseCidr(key.slice(blocksPrefix(network).length))
    if (which.host !== undefined && value.host !== which.host) continue
    if (which.within !== undefined && !contains(which.within, cidr.address)) continue
    // A stray of another host may live in a block that its owner leaves: the address must not be given twice.
    if (value.pods > 0) keepStrays(tx, network, cidr)
    disown(tx, network, cidr, value)
  }
}

/** Blocks and lone addresses in use that `cidr` holds, for messages. */
export function usesWithin(reader: Reader, network: NetworkScope, cidr: Cidr): number {
  let pods = 0
  for (const { key, value } of reader.list<BlockRecord>(blocksPrefix(network))) {
    if (contains(cidr, mustParseCidr(key.slice(blocksPrefix(network).length)).address)) pods += value.pods
  }
  return pods + lone(reader, network, cidr).length
}

function allocateAny(tx: Tx, network: NetworkScope, host: string, owner: string): AllocatedAddress {
  for (const cidr of hostBlocks(tx, network, host)) {
    const address = takeNext(tx, network, cidr)
    if (address !== undefined) return { address, stray: false }
  }
  for (const cidr of freeBlocks(tx, network)) {
    const address = claimAndTake(tx, network, cidr, host)
    if (address !== undefined) return { address, stray: false }
  }
  return borrow(tx, network, host, owner)
}

/** No block is free: take over an empty one, else a single address of another host's. */
function borrow(tx: Tx, network: NetworkScope, host: string, owner: string): AllocatedAddress {
  const blocks = [...tx.list<BlockRecord>(blocksPrefix(network))].map(({ key, value }) => ({
    cidr: mustParseCidr(key.slice(blocksPrefix(network).length)),
    block: value,
  }))
  for (const { cidr, block } of blocks) {
    if (block.pods > 0 || block.host === host) continue
    disown(tx, network, cidr, block)
    const address = claimAndTake(tx, network, cidr, host)
    if (address !== undefined) return { address, stray: false }
  }
  for (const { cidr } of blocks) {
    const address = takeNext(tx, network, cidr)
    if (address !== undefined) return { address, stray: true }
  }
  throw new HeddleError(
    'EXHAUSTED',
    `network ${network.tenant}/${network.name} has no free address left in ${network.spec.cidrs.join(', ')} (for ${owner})`,
  )
}

function allocateFixed(tx: Tx, network: NetworkScope, host: string, owner: string, fixed: string): AllocatedAddress {
  const address = mustParseIpv4(fixed)
  const range = rangeOf(network.spec, address)
  if (range === undefined) {
    throw invalid([
      { pointer: '/address', detail: `${fixed} is outside the network's ${network.spec.cidrs.join(', ')}` },
    ])
  }
  if (isReserved(range, address)) {
    throw invalid([
      { pointer: '/address', detail: `${fixed} is reserved in ${formatCidr(range)} (${reservedAs(range, address)})` },
    ])
  }
  const cidr = blockOf(network.spec, range, address)
  if (readBlock(tx, network, cidr) === undefined) claim(tx, network, cidr, host)
  const block = mustReadBlock(tx, network, cidr)
  const used = Bitmap.parse(block.used, size(cidr))
  if (used.has(address - cidr.address)) {
    const message = `${fixed} is in use in network ${network.tenant}/${network.name}`
    throw new HeddleError('CONFLICT', `${message} (for ${owner})`, [{ pointer: '/address', detail: message }])
  }
  used.add(address - cidr.address)
  tx.put(blockKey(network, cidr), { ...block, used: used.toString(), pods: block.pods + 1 } satisfies BlockRecord)
  return { address: fixed, stray: block.host !== host }
}

/** The next free address of a block, or undefined when it is full. */
function takeNext(tx: Tx, network: NetworkScope, cidr: Cidr): string | undefined {
  const block = mustReadBlock(tx, network, cidr)
  const used = Bitmap.parse(block.used, size(cidr))
  const free = used.firstFree(block.cursor)
  if (free === undefined) return undefined
  used.add(free)
  const cursor = (free + 1) % size(cidr)
  tx.put(blockKey(network, cidr), {
    ...block,
    used: used.toString(),
    cursor,
    pods: block.pods + 1,
  } satisfies BlockRecord)
  return formatIpv4(cidr.address + free)
}

/** Claims a block that nobody has for its first free address; one of reserved and stray addresses alone is of no use. */
function claimAndTake(tx: Tx, network: NetworkScope, cidr: Cidr, host: string): string | undefined {
  if (unownedUse(tx, network, cidr).firstFree(0) === undefined) return undefined
  claim(tx, network, cidr, host)
  return takeNext(tx, network, cidr)
}

/** Makes `host` the owner of a block that nobody has; the block keeps the books of its strays from then on. */
function claim(tx: Tx, network: NetworkScope, cidr: Cidr, host: string): void {
  const used = unownedUse(tx, network, cidr).toString()
  const strays = lone(tx, network, cidr)
  for (const { key } of strays) tx.delete(key)
  tx.put(blockKey(network, cidr), { host, used, cursor: 0, pods: strays.length } satisfies BlockRecord)
  const blocks = [...hostBlocks(tx, network, host), cidr].map(formatCidr)
  tx.put(hostBlocksKey(network, host), { blocks } satisfies HostBlocksRecord)
}

/** Reserved and stray addresses of a block that nobody has. */
function unownedUse(tx: Reader, network: NetworkScope, cidr: Cidr): Bitmap {
  const used = Bitmap.empty(size(cidr))
  const range = rangeOf(network.spec, cidr.address)
  for (const reserved of range === undefined ? [] : reservedAddresses(range)) {
    if (contains(cidr, reserved)) used.add(reserved - cidr.address)
  }
  for (const { address } of lone(tx, network, cidr)) used.add(address - cidr.address)
  return used
}

/** Addresses in use within `cidr` that no block has in its books. */
function lone(tx: Reader, network: NetworkScope, cidr: Cidr): { readonly key: string; readonly address: Ipv4 }[] {
  const prefix = strayKey(network, '')
  return Array.from(tx.list(prefix), ({ key }) => ({ key, address: mustParseIpv4(key.slice(prefix.length)) })).filter(
    ({ address }) => contains(cidr, address),
  )
}

function disown(tx: Tx, network: NetworkScope, cidr: Cidr, block: BlockRecord): void {
  tx.delete(blockKey(network, cidr))
  const blocks = hostBlocks(tx, network, block.host)
    .map(formatCidr)
    .filter((other) => other !== formatCidr(cidr))
  if (blocks.length === 0) tx.delete(hostBlocksKey(network, block.host))
  else tx.put(hostBlocksKey(network, block.host), { blocks } satisfies HostBlocksRecord)
}

/** Notes the taken addresses of a block that is about to lose its owner. */
function keepStrays(tx: Tx, network: NetworkScope, cidr: Cidr): void {
  const block = mustReadBlock(tx, network, cidr)
  const used = Bitmap.parse(block.used, size(cidr))
  const range = rangeOf(network.spec, cidr.address)
  for (let i = 0; i < size(cidr); i++) {
    if (!used.has(i) || (range !== undefined && isReserved(range, cidr.address + i))) continue
    tx.put(strayKey(network, formatIpv4(cidr.address + i)), { owner: '' } satisfies OwnerRecord)
  }
}

function* freeBlocks(tx: Tx, network: NetworkScope): Iterable<Cidr> {
  for (const range of network.spec.cidrs.map(mustParseCidr)) {
    const prefix = blockPrefix(network.spec, range)
    const step = 2 ** (32 - prefix)
    for (let address = range.address; address < range.address + size(range); address += step) {
      const cidr = { address, prefix }
      if (readBlock(tx, network, cidr) === undefined) yield cidr
    }
  }
}

function blockOf(spec: NetworkSpec, range: Cidr, address: Ipv4): Cidr {
  const prefix = blockPrefix(spec, range)
  return { address: (address & netmask(prefix)) >>> 0, prefix }
}

function blockAround(spec: NetworkSpec, address: Ipv4): Cidr | undefined {
  const range = rangeOf(spec, address)
  return range && blockOf(spec, range, address)
}

/** The CIDR that an address belongs to. */
function rangeOf(spec: NetworkSpec, address: Ipv4): Cidr | undefined {
  return spec.cidrs.map(mustParseCidr).find((cidr) => contains(cidr, address))
}

/** Network address, gateway and broadcast address of a CIDR. */
function reservedAddresses(range: Cidr): Ipv4[] {
  return [range.address, gatewayOf(range), range.address + size(range) - 1]
}

function isReserved(range: Cidr, address: Ipv4): boolean {
  return reservedAddresses(range).includes(address)
}

function reservedAs(range: Cidr, address: Ipv4): string {
  if (address === range.address) return 'the network itself'
  return address === gatewayOf(range) ? 'the gateway' : 'the broadcast address'
}

function hostBlocks(tx: Reader, network: NetworkScope, host: string): Cidr[] {
  return (tx.get<HostBlocksRecord>(hostBlocksKey(network, host))?.value.blocks ?? []).map(mustParseCidr)
}

function readBlock(tx: Reader, network: NetworkScope, cidr: Cidr): BlockRecord | undefined {
  return tx.get<BlockRecord>(blockKey(network, cidr))?.value
}

function mustReadBlock(tx: Reader, network: NetworkScope, cidr: Cidr): BlockRecord {
  const block = readBlock(tx, network, cidr)
  if (block === undefined) throw new HeddleError('INTERNAL', `block ${blockKey(network, cidr)} is missing`)
  return block
}

function blocksPrefix({ tenant, name }: NetworkScope): string {
  return `blocks/${tenant}/${name}/`
}

function blockKey(network: NetworkScope, cidr: Cidr): string {
  return `${blocksPrefix(network)}${formatCidr(cidr)}`
}

function hostBlocksKey({ tenant, name }: NetworkScope, host: string): string {
  return `hostblocks/${tenant}/${name}/${host}`
}

function strayKey({ tenant, name }: NetworkScope, address: string): string {
  return `strays/${tenant}/${name}/${address}`
}
