import { OF10, OF12, OF15, type OfVersion } from '../version.js'
import { encodeMessage } from './codec.js'
import { type ErrorNumber, errorNumber, type OfErrorName } from './error-codes.js'
import type { MessageOf } from './table.js'

const OFPET_EXPERIMENTER = 0xffff
const FALLBACK = 'NXBRC_UNENCODABLE_ERROR'

/** What an answer in a version that is not known holds: 1.0 by its header, but with an experimenter's error of 1.2+. */
function unknownVersionBody({ vendor, type, code }: ErrorNumber, data: Uint8Array): Partial<MessageOf<'ERROR'>> {
  if (vendor === 0) return { error_type: type, error_code: code, data }
  const id = Buffer.alloc(4)
  id.writeUInt32BE(vendor)
  return { error_type: OFPET_EXPERIMENTER, error_code: type, data: Buffer.concat([id, data]) }
}

/**
 * The error with which a switch answers `request`, in the request's version and with its xid. Errors that the version
 * has no numbers for become NXBRC_UNENCODABLE_ERROR.
 * @param request a message from its header on
 */
export function errorReply(error: OfErrorName, request: Buffer): Buffer {
  const version = request.readUInt8(0)
  const xid = request.readUInt32BE(4)
  const known = version >= OF10 && version <= OF15
  const domain = known ? (version as OfVersion) : OF10
  const number = errorNumber(domain, error) ?? errorNumber(domain, FALLBACK)
  if (number === undefined) throw new Error(`${FALLBACK} has no number in version ${domain}`)
  const old = known || version < OF12
  const body = old
    ? { vendor: number.vendor, error_type: number.type, error_code: number.code, data: request }
    : unknownVersionBody(number, request)
  return encodeMessage({ type: 'ERROR', data: request, ...body }, domain, xid)
}

const allBelow = (bitmap: number): boolean => ((bitmap >>> 1) & ((bitmap >>> 1) + 1)) === 0

/** The hello of who speaks the versions whose bits are on; the bitmap itself goes out only when versions are left out. */
export function helloOf(bitmap: number, xid = 0): Buffer {
  const newest = 31 - Math.clz32(bitmap)
  const body = allBelow(bitmap) ? {} : { bitmaps: [bitmap] }
  return encodeMessage({ type: 'HELLO', ...body }, newest as OfVersion, xid)
}
