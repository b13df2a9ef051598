import type { DecodeOptions } from '../action/codec.js'
import { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import { OF10, VERSION_NAMES, type OfVersion } from '../version.js'
import { type Form, formToSend, HEADER_BYTES, identify, lengthFits } from './forms.js'
import type { Enclosed, Scope } from './layout.js'
import { readAsMessage } from './versions.js'
import type { Message, MessageType, UnknownMessage } from './table.js'

export const MAX_MESSAGE_BYTES = 0xffff

const OFPMP_REPLY_MORE = 1

const enclosed: Scope['enclosed'] = {
  write,
  typeOf(b) {
    const form = identify(b)
    if (typeof form === 'string') return form
    return lengthFits(form, b.length) ? form.type : 'OFPBRC_BAD_LEN'
  },
  read,
  readLoosely(b, options) {
    try {
      return read(b, options)
    } catch (error) {
      if (error instanceof DecodeError) return unknown(b)
      throw error
    }
  },
}

/** The parts of a message that only its header knows. */
interface Headed extends Enclosed {
  readonly xid?: number
  readonly form?: string
  readonly more?: boolean
  readonly multipart_flags?: number
}

function write(w: Writer, m: Headed, version: OfVersion, xid: number): void {
  if (m.type === 'UNKNOWN') {
    writeUnknown(w, m as UnknownMessage, xid)
    return
  }
  const form = formToSend(version, m.type, m.form)
  if (form === undefined) throw new EncodeError(`${m.form ?? m.type} cannot be sent in ${VERSION_NAMES[version]}`)
  const start = w.length
  w.u32(version * 0x1000000 + form.msgType * 0x10000)
  w.u32(xid)
  writeRestOfHeader(w, form, m, version)
  form.body.write(w, m, { version, xid, form: form.raw.name, enclosed })
  const length = w.length - start
  if (length > MAX_MESSAGE_BYTES) throw new EncodeError(`${m.type} has ${length} bytes, more than a message can`)
  w.patch16(start + 2, length)
}

function writeRestOfHeader(w: Writer, form: Form, m: Headed, version: OfVersion): void {
  const { multipart, vendor, raw } = form
  if (multipart !== undefined) {
    w.u16(multipart)
    w.u16((m.more === true ? OFPMP_REPLY_MORE : 0) | (m.multipart_flags ?? 0))
    if (version !== OF10) w.zeros(4)
  }
  if (vendor === 0) return
  w.u32(vendor)
  w.u32(raw.number)
  if (multipart !== undefined && version === OF10) w.zeros(4)
}

function writeUnknown(w: Writer, m: UnknownMessage, xid: number): void {
  if (m.raw.length + HEADER_BYTES > MAX_MESSAGE_BYTES) throw new EncodeError(`message of ${m.raw.length} bytes`)
  w.u8(m.version)
  w.u8(m.msgType)
  w.u16(m.raw.length + HEADER_BYTES)
  w.u32(xid)
  w.bytes(m.raw)
}

/**
 * Writes one message behind what is there. `xid` is taken from the message when it is not given, 0 when neither is there.
 * @throws EncodeError on what the version cannot express; it names the field, and nothing has been written
 */
export function appendMessage(w: Writer, m: Message, v: OfVersion, xid: number = m.xid ?? 0): void {
  const start = w.length
  try {
    write(w, m, v, xid)
  } catch (error) {
    w.reset(start)
    throw error
  }
}

const shared = new Writer()

/** The bytes of one message, as `appendMessage` writes them. @throws EncodeError */
export function encodeMessage(m: Message, v: OfVersion, xid?: number): Buffer {
  appendMessage(shared, m, v, xid)
  return shared.take()
}

/** What of a message its header says. */
interface Heading {
  form?: string
  more?: boolean
  multipart_flags?: number
}

/** Adds the form, where it is not the usual one, and the flags of a multipart, to what was read of a message. */
function head<T extends object>(m: T, form: Form, b: Buffer): T {
  const heading: Heading = m
  if (!form.usual) heading.form = form.raw.name
  if (form.multipart === undefined) return m
  const flags = b.readUInt16BE(10)
  heading.more = (flags & OFPMP_REPLY_MORE) !== 0
  const others = flags & ~OFPMP_REPLY_MORE
  if (others !== 0) heading.multipart_flags = others
  return m
}

/** Reads the body of a known message; `b` is the whole of it. Bytes that are left over do no harm, as with OVS. */
function readBody(form: Form, b: Buffer, { strict = false }: DecodeOptions): Message {
  const version = b.readUInt8(0) as OfVersion
  const xid = b.readUInt32BE(4)
  const scope: Scope = { version, xid, form: form.raw.name, enclosed, strict }
  if (!lengthFits(form, b.length)) {
    throw new DecodeError(`${form.raw.name} of ${b.length} bytes`, { offset: 2, reply: 'OFPBRC_BAD_LEN' })
  }
  const r = new Reader(b, form.header)
  try {
    return head(readAsMessage(form.body, r, scope, form.type) as Message, form, b)
  } catch (error) {
    if (error instanceof DecodeError && error.partial !== undefined) {
      error.partial = head({ type: form.type, version: scope.version, xid: scope.xid, ...error.partial }, form, b)
    }
    throw error
  }
}

/** @param b one whole message, not a byte more */
function read(b: Buffer, options: DecodeOptions): Message {
  const form = identify(b)
  return typeof form === 'string' ? unknown(b) : readBody(form, b, options)
}

function unknown(b: Buffer): UnknownMessage {
  const raw = Uint8Array.from(b.subarray(HEADER_BYTES))
  return { type: 'UNKNOWN', version: b.readUInt8(0), msgType: b.readUInt8(1), xid: b.readUInt32BE(4), raw }
}

/** The type of a message whose body need not be in order; undefined when it is not known. */
export function messageType(b: Buffer): MessageType | undefined {
  const form = identify(b)
  return typeof form === 'string' ? undefined : form.type
}

/**
 * One whole message. What is not known becomes UNKNOWN, which encodes to the same bytes.
 * @throws DecodeError on bytes that are no message, or malformed ones of a known type; `reply` says what to answer
 */
export function decodeMessage(b: Buffer, options: DecodeOptions = {}): Message {
  checkLength(b)
  return read(b, options)
}

/** The same of a message whose form is known. */
export function decodeForm(form: Form, b: Buffer, options: DecodeOptions): Message {
  checkLength(b)
  return readBody(form, b, options)
}

function checkLength(b: Buffer): void {
  const length = b.length < HEADER_BYTES ? HEADER_BYTES : b.readUInt16BE(2)
  if (length < HEADER_BYTES || length !== b.length) {
    throw new DecodeError(`message of length ${length} in ${b.length} bytes`, { offset: 0, reply: 'OFPBRC_BAD_LEN' })
  }
}
