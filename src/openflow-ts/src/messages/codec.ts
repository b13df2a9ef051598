import { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import { OF10, OF15, VERSION_NAMES, type OfVersion } from '../version.js'
import { type Enclosed, type Layout, readAsMessage, type Scope } from './layout.js'
import { expectEnd } from './struct.js'
import {
  ANY_VERSION_TYPES,
  type Message,
  MESSAGES,
  type MessageType,
  MULTIPARTS,
  type UnknownMessage,
} from './table.js'

export const HEADER_BYTES = 8
export const MAX_MESSAGE_BYTES = 0xffff

const OFPT_EXPERIMENTER = 4
const OFPMP_REPLY_MORE = 1

/** How one message type goes in one version. */
interface Form {
  readonly name: MessageType
  readonly type: number
  readonly experimenter: number
  /** OFPMP_* of a multipart message. */
  readonly multipart: number | undefined
  readonly body: Layout<unknown>
}

const byName: Map<string, Form>[] = []
const byWire: Map<string, Form>[] = []

const wireKey = (type: number, experimenter: number, multipart: number | undefined): string =>
  `${type}/${experimenter}/${multipart ?? ''}`

/** Plain standard types are looked up by number alone: that is nearly all there is. */
const byType: (Form | undefined)[][] = []

function register(version: number, form: Form): void {
  const names = (byName[version] ??= new Map<string, Form>())
  const wires = (byWire[version] ??= new Map<string, Form>())
  const key = wireKey(form.type, form.experimenter, form.multipart)
  if (names.has(form.name) || wires.has(key)) {
    throw new Error(`the message table gives ${form.name} (${key}) twice in version ${version}`)
  }
  names.set(form.name, form)
  wires.set(key, form)
  if (form.experimenter === 0 && form.multipart === undefined) (byType[version] ??= [])[form.type] = form
}

for (const [name, { ids, body }] of Object.entries(MESSAGES)) {
  for (const { from, to, type, experimenter } of ids) {
    for (let version: number = from; version <= to; version++) {
      register(version, { name: name as MessageType, type, experimenter, multipart: undefined, body })
    }
  }
}

/** Request and reply of a multipart. */
const OFPT_MULTIPART = [18, 19] as const

/** The entries of a reply, as the field `entries` of the message. */
function replyBody(entry: Layout<unknown>, single: boolean): Layout<unknown> {
  return {
    write(w, value, scope) {
      const { entries } = value as { entries: readonly unknown[] }
      if (single && entries.length !== 1) throw new EncodeError(`${entries.length} entries where there is exactly one`)
      for (const item of entries) entry.write(w, item, scope)
    },
    read(r, scope) {
      const entries: unknown[] = []
      do {
        if (r.remaining === 0 && !single) break
        entries.push(entry.read(r, scope))
      } while (!single)
      return { entries }
    },
  }
}

for (const [name, spec] of Object.entries(MULTIPARTS)) {
  const [request, reply] = OFPT_MULTIPART
  const shared = { experimenter: 0, multipart: spec.type }
  for (let version: number = spec.from; version <= OF15; version++) {
    register(version, { ...shared, name: `${name}_REQUEST` as MessageType, type: request, body: spec.request })
    const body = replyBody(spec.entry, spec.single)
    register(version, { ...shared, name: `${name}_REPLY` as MessageType, type: reply, body })
  }
}

/** What may be in a bundle. */
export const BUNDLED: readonly MessageType[] = ['FLOW_MOD', 'GROUP_MOD', 'PORT_MOD', 'PACKET_OUT']

const enclosed: Scope['enclosed'] = {
  write(w, m, scope) {
    write(w, m, scope.version, scope.xid)
  },
  read(r, scope) {
    const offset = r.offset
    const m = read(r)
    if (!BUNDLED.includes(m.type)) {
      throw new DecodeError(`${m.type} in a bundle`, { offset, reply: 'OFPBFC_MSG_UNSUP' })
    }
    if (m.xid !== scope.xid) {
      throw new DecodeError('a bundled message with another xid', { offset, reply: 'OFPBFC_MSG_BAD_XID' })
    }
    return m
  },
}

function write(w: Writer, m: Enclosed & { readonly xid?: number }, version: OfVersion, xid: number): void {
  if (m.type === 'UNKNOWN') {
    writeUnknown(w, m as UnknownMessage, xid)
    return
  }
  const form = byName[version]?.get(m.type)
  if (form === undefined) throw new EncodeError(`${m.type} cannot be sent in ${VERSION_NAMES[version]}`)
  const start = w.length
  w.u8(version)
  w.u8(form.experimenter === 0 ? form.type : OFPT_EXPERIMENTER)
  w.u16(0)
  w.u32(xid)
  if (form.experimenter !== 0) {
    w.u32(form.experimenter)
    w.u32(form.type)
  }
  if (form.multipart !== undefined) {
    w.u16(form.multipart)
    w.u16('more' in m && m.more === true ? OFPMP_REPLY_MORE : 0)
    w.zeros(4)
  }
  form.body.write(w, m, { version, xid, enclosed })
  const length = w.length - start
  if (length > MAX_MESSAGE_BYTES) throw new EncodeError(`${m.type} has ${length} bytes, more than a message can`)
  w.patch16(start + 2, length)
}

function writeUnknown(w: Writer, m: UnknownMessage, xid: number): void {
  if (m.raw.length + HEADER_BYTES > MAX_MESSAGE_BYTES) throw new EncodeError(`message of ${m.raw.length} bytes`)
  w.u8(m.version)
  w.u8(m.msgType)
  w.u16(m.raw.length + HEADER_BYTES)
  w.u32(xid)
  w.bytes(m.raw)
}

const shared = new Writer(4096)

/**
 * The bytes of one message. `xid` is taken from the message when it is not given, 0 when neither is there.
 * @throws EncodeError on what the version cannot express; it names the field
 */
export function encodeMessage(m: Message, v: OfVersion, xid: number = m.xid ?? 0): Buffer {
  shared.reset()
  write(shared, m, v, xid)
  return shared.take()
}

interface Found {
  readonly form: Form
  readonly more: boolean
}

/** The form of the message whose body begins here; steps over what says which it is. Undefined: not known. */
function findForm(body: Reader, version: number, type: number): Found | undefined {
  // Hello, error and echo have one form in all versions, also those to come.
  const outside = version < OF10 || version > OF15
  if (outside && !ANY_VERSION_TYPES.includes(type)) return undefined
  const known = outside ? OF10 : version
  const plain = byType[known]?.[type]
  if (plain !== undefined) return { form: plain, more: false }
  const wires = byWire[known]
  if (wires === undefined || body.remaining < 8) return undefined
  if (type === OFPT_EXPERIMENTER) {
    const experimenter = body.u32()
    const form = wires.get(wireKey(body.u32(), experimenter, undefined))
    return form && { form, more: false }
  }
  const multipart = body.u16()
  const form = wires.get(wireKey(type, 0, multipart))
  if (form === undefined) return undefined
  const more = (body.u16() & OFPMP_REPLY_MORE) !== 0
  body.skip(4)
  return { form, more }
}

function read(r: Reader): Message {
  const start = r.offset
  const version = r.u8()
  const msgType = r.u8()
  const length = r.u16()
  const xid = r.u32()
  if (length < HEADER_BYTES) {
    throw new DecodeError(`message of length ${length}`, { offset: start, reply: 'OFPBRC_BAD_LEN' })
  }
  const body = r.slice(length - HEADER_BYTES)
  const found = findForm(body, version, msgType)
  if (found === undefined) {
    return { type: 'UNKNOWN', version, msgType, xid, raw: r.copyFrom(start + HEADER_BYTES) }
  }
  const scope: Scope = { version: version as OfVersion, xid, enclosed }
  const value = readAsMessage(found.form.body, body, scope, found.form.name) as Message
  expectEnd(body)
  return found.form.multipart === undefined ? value : { ...value, more: found.more } as Message
}

/** The type of a message whose body need not be in order; undefined when it is not known. */
export function messageType(b: Buffer): MessageType | undefined {
  if (b.length < HEADER_BYTES) return undefined
  return findForm(new Reader(b, HEADER_BYTES), b.readUInt8(0), b.readUInt8(1))?.form.name
}

/**
 * One whole message. What is not known becomes UNKNOWN, which encodes to the same bytes.
 * @throws DecodeError on bytes that are no message, or malformed ones of a known type; `reply` says what to answer
 */
export function decodeMessage(b: Buffer): Message {
  const r = new Reader(b)
  const m = read(r)
  if (r.remaining > 0) {
    throw new DecodeError(`${r.remaining} bytes after the message`, { offset: r.offset, reply: 'OFPBRC_BAD_LEN' })
  }
  return m
}
