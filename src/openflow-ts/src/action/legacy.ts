import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import type { FieldName } from '../spec/fields.js'
import { formatIpv4, formatMac, parseIpv4, parseMac } from '../text/addresses.js'
import { parseUint } from '../text/scan.js'
import { asSetField } from './set-field.js'
import { type ActionForm, type ActionSpec, define, nicira, OF10, OF11, OF12, standard } from './spec.js'
import type { Action, ModAction, ModPortAction, ModTtlAction, ModVlanAction } from './types.js'

/** How the setters of OpenFlow 1.0 read, and where later versions set the same. */
const MODS = {
  mod_dl_src: { code: 4, field: 'eth_src', bytes: 6, parse: parseMac, print: (v: bigint) => formatMac(v) },
  mod_dl_dst: { code: 5, field: 'eth_dst', bytes: 6, parse: parseMac, print: (v: bigint) => formatMac(v) },
  mod_nw_src: { code: 6, field: 'nw_src', bytes: 4, parse: parseIpv4, print: (v: bigint) => formatIpv4(Number(v)) },
  mod_nw_dst: { code: 7, field: 'nw_dst', bytes: 4, parse: parseIpv4, print: (v: bigint) => formatIpv4(Number(v)) },
  mod_nw_tos: { code: 8, field: 'ip_dscp', bytes: 1, parse: parseTos, print: String },
  mod_nw_ecn: { code: 8, field: 'nw_ecn', bytes: 1, parse: (t: string) => parseUint(t, 3, 'ECN'), print: String },
} as const satisfies Record<ModAction['type'], unknown>

function parseTos(text: string): number {
  const tos = parseUint(text, 0xff, 'TOS')
  if ((tos & 3) !== 0) throw new TextError(`${text}: not a valid TOS value`)
  return tos
}

const MOD_TYPES = Object.keys(MODS) as ModAction['type'][]

export const modSpecs: readonly ActionSpec<ModAction>[] = MOD_TYPES.map((type) => {
  const { code, field, bytes, parse, print } = MODS[type]
  const body = {
    encode(w: Writer, a: ModAction): void {
      w.uint(a.value, bytes)
    },
    decode: (r: Reader): ModAction => ({ type, value: r.uint(bytes) }),
  }
  // OpenFlow 1.1 numbers them one lower, but nw_ecn, which is new there.
  const in11 = type === 'mod_nw_ecn' ? 8 : code - 1
  const forms = [standard(in11, body, OF11, OF11)]
  if (type !== 'mod_nw_ecn') forms.push(standard(code, body, OF10, OF10))
  return define<ModAction>({
    types: [type],
    forms,
    lower(a, version) {
      if (type === 'mod_nw_ecn' && version === OF10) return asSetField(field, a.value)
      if (version < OF12) return undefined
      return asSetField(field, type === 'mod_nw_tos' ? Number(a.value) >>> 2 : a.value)
    },
    parse: (arg) => ({ type, value: parse(arg) }),
    format: (a) => `${type}:${print(BigInt(a.value))}`,
  })
})

const PORT_FIELDS: Readonly<Record<number, readonly [FieldName, FieldName]>> = {
  6: ['tcp_src', 'tcp_dst'],
  17: ['udp_src', 'udp_dst'],
  132: ['sctp_src', 'sctp_dst'],
}

export const modPortSpecs: readonly ActionSpec<ModPortAction>[] = (['mod_tp_src', 'mod_tp_dst'] as const).map(
  (type, which) => {
    const body = {
      encode(w: Writer, a: ModPortAction): void {
        w.u16(a.value)
      },
      decode: (r: Reader): ModPortAction => ({ type, value: r.u16() }),
    }
    return define<ModPortAction>({
      types: [type],
      forms: [standard(9 + which, body, OF10, OF11)],
      lower(a, version) {
        if (version < OF12) return undefined
        const field = (PORT_FIELDS[a.ip_proto ?? 6] ?? PORT_FIELDS[6])?.[which]
        return field === undefined ? undefined : asSetField(field, a.value)
      },
      parse: (arg) => ({ type, value: parseUint(arg, 0xffff, 'port') }),
      format: (a) => `${type}:${a.value}`,
    })
  },
)

const VLAN_PRESENT = 0x1000

export const modVlanSpecs: readonly ActionSpec<ModVlanAction>[] = (['vlan_vid', 'vlan_pcp'] as const).map(
  (part, which) => {
    const bytes = which === 0 ? 2 : 1
    const mod = `mod_${part}` as const
    const set = `set_${part}` as const
    const form = (type: ModVlanAction['type'], since: typeof OF10 | typeof OF11): ActionForm<ModVlanAction> =>
      standard(
        1 + which,
        {
          encode(w: Writer, a: ModVlanAction) {
            w.uint(a.value, bytes)
          },
          decode: (r: Reader): ModVlanAction => ({ type, value: Number(r.uint(bytes)) }),
        },
        since,
        since,
      )
    return define<ModVlanAction>({
      types: [mod, set],
      forms: [form(mod, OF10), form(set, OF11)],
      lower(a, version) {
        const push = a.type === mod && a.flow_has_vlan !== true
        if (version < OF12 && !(version === OF11 && push)) return undefined
        const tag: readonly Action[] = push ? [{ type: 'push_vlan', ethertype: 0x8100 }] : []
        if (version === OF11) return [...tag, { type: set, value: a.value }]
        return [...tag, ...asSetField(part, which === 0 ? a.value | VLAN_PRESENT : a.value)]
      },
      parse(arg, _env, keyword) {
        const value = parseUint(arg, which === 0 ? 0xfff : 7, part)
        return { type: keyword === set ? set : mod, value }
      },
      format: (a) => `${a.type}:${a.value}`,
    })
  },
)

const byteForm = (type: ModTtlAction['type'], code: number): ActionForm<ModTtlAction> =>
  standard(code, {
    encode(w: Writer, a: ModTtlAction) {
      w.u8(a.value)
    },
    decode: (r: Reader): ModTtlAction => ({ type, value: r.u8() }),
  })

export const modTtlSpecs: readonly ActionSpec<ModTtlAction>[] = [
  define<ModTtlAction>({
    types: ['mod_nw_ttl'],
    forms: [byteForm('mod_nw_ttl', 23)],
    lower: (a, version) => (version === OF10 ? asSetField('nw_ttl', a.value) : undefined),
    parse: (arg) => ({ type: 'mod_nw_ttl', value: parseUint(arg, 0xff, 'TTL') }),
    format: (a) => `mod_nw_ttl:${a.value}`,
  }),
  define<ModTtlAction>({
    types: ['set_mpls_ttl'],
    forms: [
      byteForm('set_mpls_ttl', 15),
      nicira(
        25,
        {
          encode(w, a) {
            w.u8(a.value)
          },
          decode: (r) => ({ type: 'set_mpls_ttl', value: r.u8() }),
        },
        OF10,
        OF10,
      ),
    ],
    parse: (arg) => ({ type: 'set_mpls_ttl', value: parseUint(trimParens(arg), 0xff, 'TTL') }),
    format: (a) => `set_mpls_ttl(${a.value})`,
  }),
  mplsPart('set_mpls_label', 'mpls_label', { nx: 30, of11: 13, bytes: 4, max: 0xfffff }),
  mplsPart('set_mpls_tc', 'mpls_tc', { nx: 31, of11: 14, bytes: 1, max: 7 }),
]

const trimParens = (arg: string): string => arg.replace(/^\(|\)$/g, '')

function mplsPart(
  type: 'set_mpls_label' | 'set_mpls_tc',
  field: FieldName,
  wire: { nx: number; of11: number; bytes: number; max: number },
): ActionSpec<ModTtlAction> {
  const body = (padding: number) => ({
    encode(w: Writer, a: ModTtlAction): void {
      w.zeros(padding)
      w.uint(a.value, wire.bytes)
    },
    decode(r: Reader): ModTtlAction {
      r.skip(padding)
      return { type, value: Number(r.uint(wire.bytes)) }
    },
  })
  return define<ModTtlAction>({
    types: [type],
    forms: [
      nicira(wire.nx, body(wire.bytes === 4 ? 2 : 0), OF10, OF10),
      standard(wire.of11, body(0), OF11, OF11),
    ],
    lower: (a, version) => (version < OF12 ? undefined : asSetField(field, a.value)),
    parse: (arg) => ({ type, value: parseUint(trimParens(arg), wire.max, type) }),
    format: (a) => `${type}(${a.value})`,
  })
}
