import type { Reader } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import { type Enclosed, type Layout, optional, pad, rest, slack, u16, u32 } from '../layout.js'
import { nameOrNumber, openFlagSet } from '../names.js'
import { struct } from '../struct.js'

export const BUNDLE_CONTROLS = {
  open_request: 0,
  open_reply: 1,
  close_request: 2,
  close_reply: 3,
  commit_request: 4,
  commit_reply: 5,
  discard_request: 6,
  discard_reply: 7,
} as const
export type BundleControl = keyof typeof BUNDLE_CONTROLS
export const BUNDLE_FLAGS = { atomic: 1, ordered: 2 } as const
export type BundleFlag = keyof typeof BUNDLE_FLAGS

const flags = { ...openFlagSet(u16, BUNDLE_FLAGS), fallback: [] }
const noProperties: Uint8Array = new Uint8Array()

/** OFPT_BUNDLE_CONTROL, and ONF's extension for 1.3. */
export const bundleControl = struct({
  bundle_id: u32,
  control: nameOrNumber(u16, BUNDLE_CONTROLS),
  flags,
  properties: optional(rest, noProperties),
})

/** What may be in a bundle. */
export const BUNDLED: readonly string[] = ['FLOW_MOD', 'GROUP_MOD', 'PORT_MOD', 'PACKET_OUT']

const HEADER = 8

/** In which order OVS looks at the header of a message within another. */
interface HeaderRules {
  readonly lengthFirst: boolean
  readonly badVersion: string
}

/** The bytes of the message that begins here, if it is one of `version`. */
function takeMessage(r: Reader, version: number, { lengthFirst, badVersion }: HeaderRules): Buffer {
  const { offset } = r
  if (r.remaining < HEADER) {
    throw new DecodeError(`${r.remaining} bytes of a message`, { offset, reply: 'OFPBFC_MSG_BAD_LEN' })
  }
  const head = r.peek(HEADER)
  const length = head.readUInt16BE(2)
  const fits = length >= HEADER && length <= r.remaining
  const rightVersion = head.readUInt8(0) === version
  if (!rightVersion && (fits || !lengthFirst)) {
    throw new DecodeError(`message of version ${head.readUInt8(0)}`, { offset, reply: badVersion })
  }
  if (!fits) throw new DecodeError(`message of length ${length}`, { offset, reply: 'OFPBFC_MSG_BAD_LEN' })
  return r.bytes(length)
}

/** A message of the version and xid of the one around it. Where its body is not in order, it is UNKNOWN. */
const bundled: Layout<Enclosed> = {
  write(w, value, scope) {
    scope.enclosed.write(w, value, scope.version, scope.xid)
  },
  read(r, scope) {
    const { offset } = r
    const refuse = (what: string, reply: string): never => {
      throw new DecodeError(what, { offset, reply })
    }
    const bytes = takeMessage(r, scope.version, { lengthFirst: false, badVersion: 'OFPBFC_BAD_VERSION' })
    if (bytes.readUInt32BE(4) !== scope.xid) refuse('a bundled message with another xid', 'OFPBFC_MSG_BAD_XID')
    const type = scope.enclosed.typeOf(bytes)
    if (!BUNDLED.includes(type)) refuse(`${type} in a bundle`, 'OFPBFC_MSG_UNSUP')
    return scope.enclosed.readLoosely(bytes, scope)
  },
}

/** OFPT_BUNDLE_ADD_MESSAGE, and ONF's extension for 1.3. */
export const bundleAdd = struct({
  bundle_id: u32,
  _1: pad(2),
  flags,
  message: bundled,
  properties: optional(rest, noProperties),
})

/** What is forwarded to other controllers. */
const FORWARDED: readonly string[] = ['GROUP_MOD', 'METER_MOD']

const forwarded: Layout<Enclosed> = {
  write(w, value, scope) {
    scope.enclosed.write(w, value, scope.version, value.xid ?? scope.xid)
  },
  read(r, scope) {
    const { offset } = r
    const bytes = takeMessage(r, scope.version, { lengthFirst: true, badVersion: 'OFPBRC_BAD_VERSION' })
    const type = scope.enclosed.typeOf(bytes)
    if (type.startsWith('OFPBRC_')) throw new DecodeError('an unknown message', { offset, reply: type })
    if (!FORWARDED.includes(type)) {
      throw new DecodeError(`${type} is not forwarded`, { offset, reply: 'OFPBFC_MSG_UNSUP' })
    }
    return scope.enclosed.read(bytes, scope)
  },
}

/** OFPT_REQUESTFORWARD of OpenFlow 1.4+, and the extensions before it. */
export const requestForward = struct({ message: forwarded, _1: slack(0) })
