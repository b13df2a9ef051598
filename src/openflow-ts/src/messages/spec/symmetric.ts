import { Reader } from '../../binary.js'
import { EncodeError } from '../../errors.js'
import { errorName, errorNumber, type OfErrorName } from '../error-codes.js'
import { choice, type Layout, optional, pad, rest, u32, u64 } from '../layout.js'
import { struct } from '../struct.js'

export interface Hello {
  /** Words of the version bitmap, lowest first; bit n of word i: version 32 i + n. None: the header's and all below. */
  readonly bitmaps?: readonly number[]
  /** Elements other than the bitmap, as they came. */
  readonly other?: Uint8Array
}

const OFPHET_VERSIONBITMAP = 1

/** A hello never fails to decode: what cannot be understood goes to `other`, as OVS does. */
export const hello: Layout<Hello> = {
  write(w, value) {
    if (value.bitmaps !== undefined) {
      const start = w.length
      w.u16(OFPHET_VERSIONBITMAP)
      w.u16(4 + 4 * value.bitmaps.length)
      for (const word of value.bitmaps) w.u32(word)
      w.alignFrom(start, 8)
    }
    if (value.other !== undefined) w.bytes(value.other)
  },
  read(r) {
    const all = r.bytes(r.remaining)
    let bitmaps: readonly number[] | undefined
    const other: Uint8Array[] = []
    for (let at = 0; at < all.length; ) {
      const size = at + 4 > all.length ? 0 : all.readUInt16BE(at + 2)
      const end = size < 4 || at + size > all.length ? all.length : Math.min(at + Math.ceil(size / 8) * 8, all.length)
      const fits = size > 4 && size % 4 === 0 && at + size <= all.length
      const isBitmap = fits && all.readUInt16BE(at) === OFPHET_VERSIONBITMAP
      if (isBitmap && bitmaps === undefined) {
        const words = new Reader(all, at + 4, at + size)
        bitmaps = Array.from({ length: size / 4 - 1 }, () => words.u32())
      } else {
        other.push(all.subarray(at, end))
      }
      at = end
    }
    return { ...(bitmaps && { bitmaps }), ...(other.length > 0 && { other: Buffer.concat(other) }) }
  },
}

/** Either `error`, or the numbers where it has no name. */
export interface ErrorBody {
  /** OFPERR, such as OFPBRC_BAD_LEN; absent when the numbers have no name in the version at hand. */
  readonly error?: OfErrorName
  /** 0: a standard error. */
  readonly vendor?: number
  readonly error_type?: number
  readonly error_code?: number
  /** The first bytes (64 at least) of the message that failed, or text for a failed hello. */
  readonly data: Uint8Array
}

const OFPET_EXPERIMENTER = 0xffff
/** Before OpenFlow 1.2, Nicira's way to send errors of an extension. */
const NXET_VENDOR = 0xb0c2

export const errorBody: Layout<ErrorBody> = {
  write(w, value, { version }) {
    const named = value.error === undefined ? undefined : errorNumber(version, value.error)
    const type = named?.type ?? value.error_type
    const code = named?.code ?? value.error_code
    const vendor = named?.vendor ?? value.vendor ?? 0
    if (type === undefined || code === undefined) {
      throw new EncodeError(`error ${value.error ?? 'without numbers'} cannot be sent in version ${version}`)
    }
    if (vendor === 0) {
      w.u16(type)
      w.u16(code)
    } else if (version >= 3) {
      w.u16(OFPET_EXPERIMENTER)
      w.u16(type)
      w.u32(vendor)
    } else {
      w.u16(NXET_VENDOR)
      w.u16(0)
      w.u32(vendor)
      w.u16(type)
      w.u16(code)
    }
    w.bytes(value.data)
  },
  read(r, { version }) {
    let type = r.u16()
    let code = r.u16()
    let vendor = 0
    if (type === OFPET_EXPERIMENTER && version >= 3) {
      type = code
      code = 0
      vendor = r.u32()
    } else if (type === NXET_VENDOR && code === 0) {
      vendor = r.u32()
      type = r.u16()
      code = r.u16()
    }
    const error = errorName(version, { vendor, type, code })
    const data = Buffer.from(r.bytes(r.remaining))
    return { ...(error && { error }), vendor, error_type: type, error_code: code, data }
  },
}

export const echo = struct({ data: optional(rest, new Uint8Array()) })

/** Roles of a controller (OFPCR_ROLE_*), by the names of OVS 2.15 and later. */
export const ROLES = { nochange: 0, equal: 1, primary: 2, secondary: 3 } as const
export type Role = keyof typeof ROLES

export const role = struct({
  role: choice(u32, ROLES, 'OFPRRFC_BAD_ROLE'),
  _1: pad(4),
  generation_id: optional(u64, 0xffffffffffffffffn),
})
