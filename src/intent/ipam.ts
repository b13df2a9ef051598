import {
  type Cidr,
  contains,
  type Family,
  formatCidr,
  formatIp,
  type Ip,
  ipAt,
  mustParseCidr,
  mustParseIp,
  offsetIn,
  overlaps,
  size,
} from '../model/address.js'
import { HeddleError, invalid } from '../model/errors.js'
import type { NetworkSpec } from '../model/kinds.js'
import type { BlockRecord, HostBlocksRecord, OwnerRecord } from '../model/records.js'
import type { Reader, Tx } from '../store/store.js'
import { Bitmap } from './bitmap.js'
import { blockAround, blockOf, blocksOf, isReserved, rangeOf, rangesOf, reservedAddresses, reservedAs } from './ranges.js'

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

/** An address that was asked for, and where in the request. */
export interface FixedAddress {
  readonly ip: Ip
  readonly pointer: string
}

/** Who asks for an address. */
export interface Applicant {
  /** Where the address is used. */
  readonly host: string
  /** For messages. */
  readonly owner: string
}

/** The next free address of a family for a pod on `host`. Throws EXHAUSTED. */
export function allocateAddress(tx: Tx, network: NetworkScope, { host, owner }: Applicant, family: Family): Ip {
  for (const cidr of hostBlocks(tx, network, host, family)) {
    const ip = takeNext(tx, network, cidr)
    if (ip !== undefined) return ip
  }
  for (const cidr of freeBlocks(tx, network, family)) {
    const ip = claimAndTake(tx, network, cidr, host)
    if (ip !== undefined) return ip
  }
  return borrow(tx, network, host, owner, family)
}

/** Exactly that address, for a pod on `host`. Throws INVALID or CONFLICT. */
export function allocateFixed(
  tx: Tx,
  network: NetworkScope,
  { host, owner }: Applicant,
  { ip, pointer }: FixedAddress,
): Ip {
  const text = formatIp(ip)
  const range = rangeOf(network.spec, ip)
  if (range === undefined) {
    throw invalid([{ pointer, detail: `${text} is outside the network's ${network.spec.cidrs.join(', ')}` }])
  }
  if (isReserved(range, ip)) {
    throw invalid([{ pointer, detail: `${text} is reserved in ${formatCidr(range)} (${reservedAs(range, ip)})` }])
  }
  const cidr = blockOf(network.spec, range, ip)
  if (readBlock(tx, network, cidr) === undefined) claim(tx, network, cidr, host)
  const block = mustReadBlock(tx, network, cidr)
  const used = Bitmap.parse(block.used, size(cidr))
  if (used.has(offsetIn(cidr, ip))) {
    const message = `${text} is in use in network ${network.tenant}/${network.name}`
    throw new HeddleError('CONFLICT', `${message} (for ${owner})`, [{ pointer, detail: message }])
  }
  used.add(offsetIn(cidr, ip))
  tx.put(blockKey(network, cidr), { ...block, used: used.toString(), pods: block.pods + 1 } satisfies BlockRecord)
  return ip
}

export function releaseAddress(tx: Tx, network: NetworkScope, ip: Ip): void {
  tx.delete(strayKey(network, formatIp(ip)))
  const cidr = blockAround(network.spec, ip)
  const block = cidr && readBlock(tx, network, cidr)
  if (cidr === undefined || block === undefined) return
  const used = Bitmap.parse(block.used, size(cidr))
  used.delete(offsetIn(cidr, ip))
  const pods = block.pods - 1
  // The last block (of a family) of a host stays with it: the next pod there then costs no other host a route.
  if (pods === 0 && hostBlocks(tx, network, block.host, ip.family).length > 1) disown(tx, network, cidr, block)
  else tx.put(blockKey(network, cidr), { ...block, used: used.toString(), pods } satisfies BlockRecord)
}

/** Whether an address needs a route of its own when its pod is on `host`. */
export function isStray(reader: Reader, network: NetworkScope, host: string, ip: Ip): boolean {
  const cidr = blockAround(network.spec, ip)
  const block = cidr && reader.get<BlockRecord>(blockKey(network, cidr))?.value
  return block?.host !== host
}

/** Frees the network's blocks: all, or those of one host, or those within one CIDR. */
export function releaseBlocks(
  tx: Tx,
  network: NetworkScope,
  which: { readonly host?: string; readonly within?: Cidr } = {},
): void {
  for (const { cidr, block } of [...listBlocks(tx, network)]) {
    if (which.host !== undefined && block.host !== which.host) continue
    if (which.within !== undefined && !overlaps(which.within, cidr)) continue
    // A stray of another host may live in a block that its owner leaves: the address must not be given twice.
    if (block.pods > 0) keepStrays(tx, network, cidr)
    disown(tx, network, cidr, block)
  }
}

/** Blocks and lone addresses in use that `cidr` holds, for messages. */
export function usesWithin(reader: Reader, network: NetworkScope, cidr: Cidr): number {
  let pods = 0
  for (const { cidr: own, block } of listBlocks(reader, network)) if (overlaps(cidr, own)) pods += block.pods
  return pods + lone(reader, network, cidr).length
}

/** No block is free: take over an empty one, else a single address of another host's, which makes it a stray. */
function borrow(tx: Tx, network: NetworkScope, host: string, owner: string, family: Family): Ip {
  const blocks = [...listBlocks(tx, network)].filter(({ cidr }) => cidr.family === family)
  for (const { cidr, block } of blocks) {
    if (block.pods > 0 || block.host === host) continue
    disown(tx, network, cidr, block)
    const ip = claimAndTake(tx, network, cidr, host)
    if (ip !== undefined) return ip
  }
  for (const { cidr } of blocks) {
    const ip = takeNext(tx, network, cidr)
    if (ip !== undefined) return ip
  }
  const ranges = rangesOf(network.spec, family).map(formatCidr).join(', ')
  const message = `network ${network.tenant}/${network.name} has no free address left in ${ranges} (for ${owner})`
  throw new HeddleError('EXHAUSTED', message)
}

/** The next free address of a block, or undefined when it is full. */
function takeNext(tx: Tx, network: NetworkScope, cidr: Cidr): Ip | undefined {
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
  return ipAt(cidr, free)
}

/** Claims a block that nobody has for its first free address; one of reserved and stray addresses alone is of no use. */
function claimAndTake(tx: Tx, network: NetworkScope, cidr: Cidr, host: string): Ip | undefined {
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
  const blocks = [...ownedBlocks(tx, network, host), formatCidr(cidr)]
  tx.put(hostBlocksKey(network, host), { blocks } satisfies HostBlocksRecord)
}

/** Reserved and stray addresses of a block that nobody has. */
function unownedUse(tx: Reader, network: NetworkScope, cidr: Cidr): Bitmap {
  const used = Bitmap.empty(size(cidr))
  const range = rangeOf(network.spec, ipAt(cidr, 0))
  for (const reserved of range === undefined ? [] : reservedAddresses(range)) {
    if (contains(cidr, reserved)) used.add(offsetIn(cidr, reserved))
  }
  for (const { ip } of lone(tx, network, cidr)) used.add(offsetIn(cidr, ip))
  return used
}

/** Addresses in use within `cidr` that no block has in its books. */
function lone(tx: Reader, network: NetworkScope, cidr: Cidr): { readonly key: string; readonly ip: Ip }[] {
  const prefix = strayKey(network, '')
  const all = Array.from(tx.list(prefix), ({ key }) => ({ key, ip: mustParseIp(key.slice(prefix.length)) }))
  return all.filter(({ ip }) => contains(cidr, ip))
}

function disown(tx: Tx, network: NetworkScope, cidr: Cidr, block: BlockRecord): void {
  tx.delete(blockKey(network, cidr))
  const blocks = ownedBlocks(tx, network, block.host).filter((other) => other !== formatCidr(cidr))
  if (blocks.length === 0) tx.delete(hostBlocksKey(network, block.host))
  else tx.put(hostBlocksKey(network, block.host), { blocks } satisfies HostBlocksRecord)
}

/** Notes the taken addresses of a block that is about to lose its owner. */
function keepStrays(tx: Tx, network: NetworkScope, cidr: Cidr): void {
  const block = mustReadBlock(tx, network, cidr)
  const used = Bitmap.parse(block.used, size(cidr))
  const range = rangeOf(network.spec, ipAt(cidr, 0))
  for (let i = 0; i < size(cidr); i++) {
    const ip = ipAt(cidr, i)
    if (!used.has(i) || (range !== undefined && isReserved(range, ip))) continue
    tx.put(strayKey(network, formatIp(ip)), { owner: '' } satisfies OwnerRecord)
  }
}

function* freeBlocks(tx: Tx, network: NetworkScope, family: Family): Iterable<Cidr> {
  for (const range of rangesOf(network.spec, family)) {
    for (const cidr of blocksOf(network.spec, range)) if (readBlock(tx, network, cidr) === undefined) yield cidr
  }
}

function* listBlocks(tx: Reader, network: NetworkScope): Iterable<{ readonly cidr: Cidr; readonly block: BlockRecord }> {
  const prefix = blocksPrefix(network)
  for (const { key, value } of tx.list<BlockRecord>(prefix)) {
    yield { cidr: mustParseCidr(key.slice(prefix.length)), block: value }
  }
}

function hostBlocks(tx: Reader, network: NetworkScope, host: string, family: Family): Cidr[] {
  return ownedBlocks(tx, network, host).map(mustParseCidr).filter((cidr) => cidr.family === family)
}

function ownedBlocks(tx: Reader, network: NetworkScope, host: string): readonly string[] {
  return tx.get<HostBlocksRecord>(hostBlocksKey(network, host))?.value.blocks ?? []
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
