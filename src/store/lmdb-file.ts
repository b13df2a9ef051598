import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'

/** Of the LMDB that the package lmdb carries (data format 2): a page header of 24 bytes, then the meta record. */
const META = { magic: 24, version: 28, pageSize: 48, lastPage: 144, txn: 152, end: 160 } as const
const MAGIC = 0xbeefc0de
const DATA_VERSION = 2
/** Pages of a normal file that were allotted last and never written: more than these are a cut-off file. */
const MAX_MISSING_BYTES = 64 * 1024 * 1024

interface Meta {
  readonly pageSize: number
  readonly lastPage: bigint
  readonly txn: bigint
}

/**
 * Looks at an LMDB file before LMDB maps it, since LMDB takes a file that is none, or a part of one, by a signal that
 * ends the process. Creates an empty file of mode 0600 where there is none. A file that ends before its last page is
 * lengthened by zeros. Throws Error with the reason when the file is not what LMDB wrote.
 */
export function prepareLmdbFile(path: string): void {
  const fd = openSync(path, 'a+', 0o600)
  try {
    const { size } = fstatSync(fd)
    if (size === 0) return
    const first = readMeta(fd, 0)
    const second = first && readMeta(fd, first.pageSize)
    if (first === undefined || second === undefined) {
      throw new Error('damaged: data.mdb does not begin as LMDB begins it')
    }
    const { lastPage, pageSize } = second.txn > first.txn ? second : first
    const needed = (lastPage + 1n) * BigInt(pageSize)
    if (needed <= BigInt(size)) return
    const missing = needed - BigInt(size)
    if (missing > BigInt(Math.min(size, MAX_MISSING_BYTES))) {
      throw new Error(`damaged: data.mdb has ${size} of its ${needed} bytes`)
    }
    ftruncateSync(fd, Number(needed))
  } finally {
    closeSync(fd)
  }
}

function readMeta(fd: number, offset: number): Meta | undefined {
  const bytes = Buffer.alloc(META.end)
  if (readSync(fd, bytes, 0, META.end, offset) < META.end) return undefined
  if (bytes.readUInt32LE(META.magic) !== MAGIC || bytes.readUInt32LE(META.version) !== DATA_VERSION) return undefined
  const pageSize = bytes.readUInt32LE(META.pageSize)
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined
  return { pageSize, lastPage: bytes.readBigUInt64LE(META.lastPage), txn: bytes.readBigUInt64LE(META.txn) }
}
