import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { PROTOCOLS } from '../protocols.js'
import { strToU16, strToU8 } from '../text/numbers.js'
import { scanKeyValues } from '../text/scan.js'
import { type ActionSpec, define, nicira, OF10, OF13 } from './spec.js'
import type { PacketState } from './state.js'
import { type DecapAction, ENCAP_TYPES, type EncapAction, type EncapHeader, type EncapProperty } from './types.js'
import { bad } from './wire-fields.js'

const HEADERS = Object.keys(ENCAP_TYPES) as EncapHeader[]
/** The class of properties of each header, and the types of NSH's own; the others have none. */
const NSH_CLASS = 4
const NSH_MD_TYPE = 1
const NSH_TLV = 2
const PROPERTY_HEADER = 8
/** "Use next proto": the header taken off says what the rest is. */
const USE_NEXT = 0xfffe
const ETHERTYPE_NAMESPACE = 1
const N_NAMESPACES = 2

const padded = (length: number): number => Math.ceil(length / 8) * 8

function writeProperty(w: Writer, p: EncapProperty): void {
  const start = w.length
  w.u16(NSH_CLASS)
  if (p.type === 'md_type') {
    w.u8(NSH_MD_TYPE)
    w.u8(5)
    w.u8(p.md_type)
  } else {
    w.u8(NSH_TLV)
    w.u8(PROPERTY_HEADER + padded(p.data.length))
    w.u16(p.tlv_class)
    w.u8(p.tlv_type)
    w.u8(p.data.length)
    w.bytes(p.data)
    if (p.padding !== undefined) w.bytes(p.padding)
  }
  w.alignFrom(start, 8)
}

function readProperty(r: Reader): EncapProperty {
  const offset = r.offset
  const wrong = (reply: string): Error => bad('a property of encap', offset, reply)
  if (r.remaining < 4) throw wrong('OFPBAC_BAD_LEN')
  const propertyClass = r.u16()
  const type = r.u8()
  const length = r.u8()
  if (length < 4 || padded(length) > r.remaining + 4) throw wrong('OFPBAC_BAD_LEN')
  if (propertyClass !== NSH_CLASS || (type !== NSH_MD_TYPE && type !== NSH_TLV)) throw wrong('NXBAC_UNKNOWN_ED_PROP')
  const body = r.slice(padded(length) - 4)
  if (type === NSH_MD_TYPE) {
    if (length > PROPERTY_HEADER) throw wrong('NXBAC_BAD_ED_PROP')
    return { type: 'md_type', md_type: body.remaining === 0 ? 0 : body.u8() }
  }
  if (body.remaining < 4) throw wrong('NXBAC_BAD_ED_PROP')
  const [tlvClass, tlvType, dataLength] = [body.u16(), body.u8(), body.u8()]
  if (length !== PROPERTY_HEADER + padded(dataLength)) throw wrong('NXBAC_BAD_ED_PROP')
  const data = Uint8Array.from(body.bytes(dataLength))
  const padding = Uint8Array.from(body.bytes(body.remaining))
  const head = { type: 'tlv', tlv_class: tlvClass, tlv_type: tlvType } as const
  return padding.some((byte) => byte !== 0) ? { ...head, data, padding } : { ...head, data }
}

const TLV = /^0x([0-9a-fA-F]+),\s*([+-]?[0-9]+),0x([0-9a-fA-F]{1,251})/

function parseTlv(value: string): EncapProperty {
  const [, tlvClass, tlvType, digits = ''] = TLV.exec(value) ?? []
  if (tlvClass === undefined) throw new TextError(`Invalid NSH TLV header: ${value}`)
  return {
    type: 'tlv',
    tlv_class: Number(BigInt.asUintN(16, BigInt(`0x${tlvClass}`))),
    tlv_type: Number(tlvType) & 0xff,
    data: Uint8Array.from(Buffer.from(digits.slice(0, digits.length & ~1), 'hex')),
  }
}

function parseMdType(value: string): EncapProperty {
  const mdType = strToU8(value, 'md_type')
  if (mdType < 1 || mdType > 2) throw new TextError('invalid md_type')
  return { type: 'md_type', md_type: mdType }
}

const PROPERTY_KEYS: Readonly<Record<string, (value: string) => EncapProperty>> = { md_type: parseMdType, tlv: parseTlv }

function parseProperties(header: EncapHeader, text: string): EncapProperty[] {
  return scanKeyValues(text).map(({ key, value }) => {
    const parse = header === 'nsh' && Object.hasOwn(PROPERTY_KEYS, key) ? PROPERTY_KEYS[key] : undefined
    if (parse === undefined) throw new TextError(`Invalid property: ${key}`)
    if (value === '') throw new TextError('Value missing for encap property')
    return parse(value)
  })
}

function formatProperty(p: EncapProperty): string {
  if (p.type === 'md_type') return `md_type=${p.md_type}`
  const data = Buffer.from(p.data).toString('hex').replace(/^0+(?=.)/, '')
  return `tlv(0x${p.tlv_class.toString(16).padStart(4, '0')},${p.tlv_type},${data === '' || data === '0' ? '0' : `0x${data}`})`
}

/** The state of packets that have become of the type. */
function wrapped(header: EncapHeader, state: PacketState): void {
  const type = ENCAP_TYPES[header]
  state.become(type, type >>> 16 === ETHERTYPE_NAMESPACE ? type & 0xffff : state.kind.dlType)
  if (!state.isIp) state.kind.nwProto = 0
}

export const encapSpecs: readonly ActionSpec[] = [
  define<EncapAction>({
    name: 'encap',
    doc: 'Puts a header before the packet: Ethernet, a network service header (NSH), or an MPLS label stack entry.',
    syntax: 'encap(ethernet), encap(nsh(md_type=1|2,tlv(CLASS,TYPE,HEX),...)), encap(mpls), encap(mpls_mc)',
    types: ['encap'],
    inActionSet: true,
    protocols: () => PROTOCOLS.OF13_UP,
    forms: [
      nicira(
        'ENCAP',
        46,
        {
          encode(w, a) {
            w.u16(a.hdr_size ?? 0)
            w.u32(ENCAP_TYPES[a.header])
            for (const property of a.properties) writeProperty(w, property)
          },
          decode(r) {
            const offset = r.offset
            const hdrSize = r.u16()
            const type = r.u32()
            const header = HEADERS.find((name) => ENCAP_TYPES[name] === type)
            if (header === undefined) throw bad(`encap: type ${type}`, offset, 'NXBAC_BAD_HEADER_TYPE')
            const properties: EncapProperty[] = []
            while (r.remaining > 0) properties.push(readProperty(r))
            return { type: 'encap', header, ...(hdrSize === 0 ? {} : { hdr_size: hdrSize }), properties }
          },
        },
        { since: OF13, longer: true },
      ),
    ],
    parse(arg) {
      const [pair] = scanKeyValues(arg)
      if (pair === undefined) throw new TextError(`Missing encap hdr: ${arg}`)
      const header = HEADERS.find((name) => name === pair.key)
      if (header === undefined) throw new TextError(`Encap hdr not supported: ${pair.value}`)
      return { type: 'encap', header, properties: parseProperties(header, pair.value) }
    },
    format(a) {
      const properties = a.properties.map(formatProperty).join(',')
      return `encap(${a.header}${properties === '' ? '' : `(${properties})`})`
    },
    check(a, state) {
      wrapped(a.header, state)
      return undefined
    },
  }),
  define<DecapAction>({
    name: 'decap',
    doc: 'Takes the outermost header off. The type of what is left follows from it, or is given.',
    syntax: 'decap(), decap(packet_type(ns=NAMESPACE,type=TYPE))',
    types: ['decap'],
    inActionSet: true,
    forms: [
      nicira(
        'DECAP',
        47,
        {
          encode(w, a) {
            w.zeros(2)
            w.u32(a.packet_type ?? USE_NEXT)
          },
          decode(r) {
            const offset = r.offset
            r.skip(2)
            const type = r.u32()
            if (r.remaining > 0) throw bad('decap has no properties', offset, 'NXBAC_UNKNOWN_ED_PROP')
            return { type: 'decap', ...(type === USE_NEXT ? {} : { packet_type: type }) }
          },
        },
        { since: OF13, sentSince: OF10, longer: true },
      ),
    ],
    parse: parseDecap,
    format(a) {
      if (a.packet_type === undefined) return 'decap()'
      const type = a.packet_type & 0xffff
      return `decap(packet_type(ns=${a.packet_type >>> 16},type=${type === 0 ? '0' : `0x${type.toString(16)}`}))`
    },
    check(_a, state) {
      state.unwrap()
      return undefined
    },
  }),
]

function parseDecap(arg: string): DecapAction {
  const [pair] = scanKeyValues(arg)
  if (pair === undefined) return { type: 'decap' }
  if (pair.key !== 'packet_type') throw new TextError(`Invalid decap argument: ${pair.key}`)
  const [ns, type] = scanKeyValues(pair.value)
  if (ns?.key !== 'ns') throw new TextError('Missing packet_type attribute ns')
  const namespace = strToU16(ns.value, 'ns')
  if (namespace >= N_NAMESPACES) throw new TextError(`Unsupported ns value: ${namespace}`)
  if (type?.key !== 'type') throw new TextError('Missing packet_type attribute type')
  const packetType = namespace * 0x10000 + strToU16(type.value, 'type')
  return packetType === USE_NEXT ? { type: 'decap' } : { type: 'decap', packet_type: packetType }
}
