import { Writer } from '../../binary.js'
import { EncodeError } from '../../errors.js'
import { errorName, errorNumber, type OfErrorName } from '../error-codes.js'
import { OF12 } from '../../version.js'
import { type Layout, mapped, optional, pad, rest, u32, u64 } from '../layout.js'
import { choice } from '../names.js'
import { byForm } from '../versions.js'
import { struct } from '../struct.js'

export interface Hello {
  /** Words of the version bitmap, lowest first; bit n of word i: version 32 i + n. None: the header's and all below. */
  readonly bitmaps?: readonly number[]
  /** All elements as they came, where they are more than one bitmap. */
  readonly elements?: Uint8Array
}

const OFPHET_VERSIONBITMAP = 1
const ELEMENT_HEADER = 4

/** The elements of a hello as OVS understands them: the last bitmap that has versions, and whether all is understood. */
export function readHello(all: Buffer): { readonly bitmaps?: readonly number[]; readonly understood: boolean } {
  let bitmaps: readonly number[] | undefined
  let understood = true
  for (let at = 0; at < all.length; ) {
    const left = all.length - at
    const size = left < ELEMENT_HEADER ? 0 : all.readUInt16BE(at + 2)
    const padded = Math.ceil(size / 8) * 8
    if (size < ELEMENT_HEADER || padded > left) return { ...(bitmaps && { bitmaps }), understood: false }
    const found = all.readUInt16BE(at) === OFPHET_VERSIONBITMAP ? readBitmaps(all.subarray(at + 4, at + size)) : undefined
    if (found === undefined) understood = false
    else bitmaps = found
    at += padded
  }
  return { ...(bitmaps && { bitmaps }), understood }
}

/** The words of a bitmap that has a version in its first, which is all that OVS looks at. */
function readBitmaps(bytes: Buffer): readonly number[] | undefined {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4))
  return ((words[0] ?? 0) & ~1) === 0 ? undefined : words
}

function writeBitmaps(w: Writer, bitmaps: readonly number[]): void {
  const start = w.length
  w.u16(OFPHET_VERSIONBITMAP)
  w.u16(ELEMENT_HEADER + 4 * bitmaps.length)
  for (const word of bitmaps) w.u32(word)
  w.alignFrom(start, 8)
}

const bytesOfBitmaps = (bitmaps: readonly number[]): Buffer => {
  const w = new Writer(64)
  writeBitmaps(w, bitmaps)
  return w.take()
}

/** A hello never fails to decode. */
export const hello: Layout<Hello> = {
  write(w, { bitmaps, elements }) {
    if (elements !== undefined) w.bytes(elements)
    else if (bitmaps !== undefined) writeBitmaps(w, bitmaps)
  },
  read(r) {
    const all = r.bytes(r.remaining)
    const { bitmaps } = readHello(all)
    const isOneBitmap = all.length === 0 || (bitmaps !== undefined && bytesOfBitmaps(bitmaps).equals(all))
    return { ...(bitmaps && { bitmaps }), ...(!isOneBitmap && { elements: Buffer.from(all) }) }
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
  /** Where an experimenter's error goes otherwise than its version has it. */
  readonly vendor_form?: VendorForm
  /** The first bytes (64 at least) of the message that failed, or text for a failed hello. */
  readonly data: Uint8Array
}

const OFPET_EXPERIMENTER = 0xffff
/** Before OpenFlow 1.2, Nicira's way to send errors of an extension. */
const NXET_VENDOR = 0xb0c2

/** How an experimenter's error goes: as Nicira's extension before OpenFlow 1.2, else as the standard has it. */
export type VendorForm = 'nicira' | 'experimenter'

const usualForm = (version: number): VendorForm => (version >= OF12 ? 'experimenter' : 'nicira')

export const errorBody: Layout<ErrorBody> = {
  write(w, value, { version }) {
    const named = value.error === undefined ? undefined : errorNumber(version, value.error)
    const type = named?.type ?? value.error_type
    const code = named?.code ?? value.error_code
    const vendor = named?.vendor ?? value.vendor ?? 0
    const form = value.vendor_form ?? usualForm(version)
    if (type === undefined || code === undefined) {
      throw new EncodeError(`error ${value.error ?? 'without numbers'} cannot be sent in version ${version}`)
    }
    if (vendor === 0 && value.vendor_form === undefined) {
      w.u16(type)
      w.u16(code)
    } else if (form === 'experimenter') {
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
    let form: VendorForm | undefined
    if (type === OFPET_EXPERIMENTER) {
      form = 'experimenter'
      type = code
      code = 0
      vendor = r.u32()
    } else if (type === NXET_VENDOR && code === 0) {
      form = 'nicira'
      vendor = r.u32()
      type = r.u16()
      code = r.u16()
    }
    const error = errorName(version, { vendor, type, code })
    const unusual = form !== undefined && (form !== usualForm(version) || vendor === 0) ? { vendor_form: form } : {}
    const data = Buffer.from(r.bytes(r.remaining))
    return { ...(error && { error }), vendor, error_type: type, error_code: code, ...unusual, data }
  },
}

export const echo = struct({ data: optional(rest, new Uint8Array()) })

/** Roles of a controller (OFPCR_ROLE_*), by the names of OVS 2.15 and later. */
export const ROLES = { nochange: 0, equal: 1, primary: 2, secondary: 3 } as const
export type Role = keyof typeof ROLES

const standardRole = struct({
  role: choice(u32, ROLES, 'OFPRRFC_BAD_ROLE'),
  _1: pad(4),
  generation_id: optional(u64, 0xffffffffffffffffn),
})

/** Roles of Nicira's extension, which has no way to ask without a change, and no generations. */
const NX_ROLES = { equal: 0, primary: 1, secondary: 2 } as const

export interface RoleBody {
  readonly role: Role
  readonly generation_id?: bigint
}

const nxRole: Layout<RoleBody> = mapped(
  struct({ role: choice(u32, NX_ROLES, 'OFPRRFC_BAD_ROLE') }),
  ({ role }) => ({ role }),
  ({ role }: RoleBody) => {
    if (role === 'nochange') throw new EncodeError('role: "nochange" cannot be sent as an extension')
    return { role }
  },
)

export const role = byForm<RoleBody>({ NXT_ROLE_REQUEST: nxRole, NXT_ROLE_REPLY: nxRole }, standardRole)
