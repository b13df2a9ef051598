import { OF10, OF15, type OfVersion } from '../version.js'
import type { OfErrorName } from './error-codes.js'
import type { Layout } from './layout.js'
import { type Raw, RAWS, VENDORS } from './raws.js'
import { MESSAGES, type MessageType, MULTIPARTS } from './table.js'
import { entriesBody } from './entries.js'

/** A message in one version: its header, and the layout of its body. */
export interface Form {
  readonly raw: Raw
  readonly type: MessageType
  readonly body: Layout<unknown>
  /** Bytes before the body. */
  readonly header: number
  /** The `type` byte of the header. */
  readonly msgType: number
  readonly vendor: number
  /** OFPMP_* of a multipart message. */
  readonly multipart: number | undefined
  /** The form that the version sends unless a message names another. */
  readonly usual: boolean
}

export const HEADER_BYTES = 8
const OFPT_EXPERIMENTER = 4
const EXPERIMENTER_HEADER = 16
const OFPMP_EXPERIMENTER = 0xffff
/** Header of a multipart in OpenFlow 1.0, then that of the versions since; with an experimenter's, both are alike. */
const MULTIPART10_HEADER = 12
const MULTIPART_HEADER = 16
const MULTIPART_EXPERIMENTER_HEADER = 24

/** OFPT_* of multipart requests; those of replies are one above. */
const multipartType = (version: number): number => (version === OF10 ? 16 : 18)

/** The layout of a form's body, from the tables of messages. */
function bodyOf(raw: Raw): Layout<unknown> {
  if (Object.hasOwn(MESSAGES, raw.type)) return MESSAGES[raw.type as keyof typeof MESSAGES]
  const name = raw.type.replace(/_(?:REQUEST|REPLY)$/, '')
  if (raw.direction === undefined || !Object.hasOwn(MULTIPARTS, name)) {
    throw new Error(`the message table lacks ${raw.type}`)
  }
  const spec = MULTIPARTS[name as keyof typeof MULTIPARTS]
  return raw.direction === 'request' ? spec.request : entriesBody(spec.entry, spec.single)
}

function formOf(raw: Raw, version: OfVersion, usual: boolean): Form {
  const common = { raw, type: raw.type as MessageType, body: bodyOf(raw), usual, vendor: VENDORS[raw.family] }
  const { vendor } = common
  if (raw.direction === undefined) {
    return vendor === 0
      ? { ...common, header: HEADER_BYTES, msgType: raw.number, multipart: undefined }
      : { ...common, header: EXPERIMENTER_HEADER, msgType: OFPT_EXPERIMENTER, multipart: undefined }
  }
  const plain = version === OF10 ? MULTIPART10_HEADER : MULTIPART_HEADER
  return {
    ...common,
    header: vendor === 0 ? plain : MULTIPART_EXPERIMENTER_HEADER,
    msgType: multipartType(version) + (raw.direction === 'request' ? 0 : 1),
    multipart: vendor === 0 ? raw.number : OFPMP_EXPERIMENTER,
  }
}

/** The forms of one version. */
interface Forms {
  /** Plain types by number, which is nearly all there is. */
  readonly plain: readonly (Form | undefined)[]
  /** All by all of their numbers. */
  readonly byNumbers: ReadonlyMap<number, Form>
  readonly byName: ReadonlyMap<string, readonly Form[]>
}

/** No subtype is as large. */
const MOST_SUBTYPES = 0x1000
const VENDOR_NUMBERS = [0, VENDORS.NXT, VENDORS.ONFT]

/** All numbers of a form in one; that of no form where there is none. */
function numbersKey(msgType: number, multipart: number, vendor: number, subtype: number): number {
  if (subtype >= MOST_SUBTYPES) return -1
  return ((msgType * VENDOR_NUMBERS.length + VENDOR_NUMBERS.indexOf(vendor)) * MOST_SUBTYPES + subtype) * 0x10000 + multipart
}

function buildForms(version: OfVersion): Forms {
  const plain: (Form | undefined)[] = []
  const byNumbers = new Map<number, Form>()
  const byName = new Map<string, Form[]>()
  for (const raw of RAWS) {
    if (raw.from > version || raw.to < version) continue
    const same = byName.get(raw.type) ?? []
    const form = formOf(raw, version, same.length === 0)
    byName.set(raw.type, [...same, form])
    if (form.multipart === undefined && form.vendor === 0) plain[raw.number] = form
    const subtype = form.vendor === 0 ? 0 : raw.number
    byNumbers.set(numbersKey(form.msgType, form.multipart ?? 0, form.vendor, subtype), form)
  }
  return { plain, byNumbers, byName }
}

/** By version, made when its first message comes: most programs that start speak one. */
const built: (Forms | undefined)[] = []

/** Undefined for versions that there are not. */
function formsOf(version: number): Forms | undefined {
  if (version < OF10 || version > OF15) return undefined
  return (built[version] ??= buildForms(version as OfVersion))
}

const LAST_OF_ALL_VERSIONS = 3

/** The plain message of a type; in versions to come, those that all versions have. */
function plainForm(version: number, msgType: number): Form | undefined {
  const known = version > OF15 && msgType <= LAST_OF_ALL_VERSIONS ? OF10 : version
  return formsOf(known)?.plain[msgType]
}

/** The form of that name in a version, or its usual form. */
export function formToSend(version: number, type: string, name: string | undefined): Form | undefined {
  const forms = formsOf(version > OF15 ? OF10 : version)?.byName.get(type)
  if (forms === undefined) return undefined
  for (const form of forms) {
    if (form.raw.to >= version && (name === undefined || form.raw.name === name)) return form
  }
  return undefined
}

const isMultipart = (version: number, msgType: number): boolean =>
  msgType === multipartType(version) || msgType === multipartType(version) + 1

type Identified = Form | OfErrorName

/** The form that a header speaks of, whatever follows it, or why there is none. */
export function identify(b: Buffer): Identified {
  if (b.length < HEADER_BYTES) return 'OFPBRC_BAD_LEN'
  const version = b.readUInt8(0)
  const msgType = b.readUInt8(1)
  const plain = plainForm(version, msgType)
  if (plain !== undefined) return plain
  if (msgType === OFPT_EXPERIMENTER) return identifyExtension(b, version, msgType)
  if (isMultipart(version, msgType)) return identifyMultipart(b, version, msgType)
  return 'OFPBRC_BAD_TYPE'
}

function identifyExtension(b: Buffer, version: number, msgType: number): Identified {
  if (b.length < EXPERIMENTER_HEADER) return 'OFPBRC_BAD_LEN'
  const vendor = b.readUInt32BE(HEADER_BYTES)
  if (vendor !== VENDORS.NXT && vendor !== VENDORS.ONFT) return 'OFPBRC_BAD_VENDOR'
  return formsOf(version)?.byNumbers.get(numbersKey(msgType, 0, vendor, b.readUInt32BE(12))) ?? 'OFPBRC_BAD_SUBTYPE'
}

function identifyMultipart(b: Buffer, version: number, msgType: number): Identified {
  const header = version === OF10 ? MULTIPART10_HEADER : MULTIPART_HEADER
  if (b.length < header) return 'OFPBRC_BAD_LEN'
  const multipart = b.readUInt16BE(HEADER_BYTES)
  const forms = formsOf(version)?.byNumbers
  if (multipart !== OFPMP_EXPERIMENTER) {
    const known = forms?.get(numbersKey(msgType, multipart, 0, 0))
    return known ?? (forms === undefined ? 'OFPBRC_BAD_TYPE' : 'OFPBRC_BAD_STAT')
  }
  if (b.length < (version === OF10 ? header + 4 : MULTIPART_EXPERIMENTER_HEADER)) return 'OFPBRC_BAD_LEN'
  const vendor = b.readUInt32BE(header)
  if (vendor !== VENDORS.NXT && (vendor !== VENDORS.ONFT || version === OF10)) return 'OFPBRC_BAD_VENDOR'
  if (b.length < MULTIPART_EXPERIMENTER_HEADER) return 'OFPBRC_BAD_LEN'
  return forms?.get(numbersKey(msgType, multipart, vendor, b.readUInt32BE(header + 4))) ?? 'OFPBRC_BAD_SUBTYPE'
}

/** Whether a message of this form can have `length` bytes. */
export function lengthFits({ header, raw: { least, step } }: Form, length: number): boolean {
  const more = length - header - least
  return step === 0 ? more === 0 : more >= 0 && more % step === 0
}
