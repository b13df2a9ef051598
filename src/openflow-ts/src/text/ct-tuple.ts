import { TextError } from '../errors.js'
import type { CtFlush, CtTuple } from '../messages/spec/ct-flush.js'
import { parseIpv4, parseIpv6 } from './addresses.js'
import { parseUint, scanKeyValues } from './scan.js'

const ICMP = 1
const ICMPV6 = 58
const isIcmp = (proto: number): boolean => proto === ICMP || proto === ICMPV6

const MAPPED = 0xffff_0000_0000n

/** What both directions of a connection share. */
interface Common {
  ip_proto: number
  family: 4 | 6 | undefined
}

/** A direction as it is read: what stands at a place counts as a port or as ICMP's, by the protocol in the end. */
interface Draft {
  /** 0: any. */
  src: bigint
  dst: bigint
  /** Source port, or identifier of ICMP. */
  first: number
  /** Destination port, or type and code of ICMP, which has the high byte. */
  second: number
}

function readAddress(common: Common, family: 4 | 6, text: string): bigint {
  const address = family === 4 ? MAPPED | BigInt(parseIpv4(text)) : parseIpv6(text)
  if (common.family !== undefined && common.family !== family) {
    throw new MismatchError(`the L3 protocol does not match ${text}`)
  }
  common.family = family
  return address
}

/** Said as it is; other errors only name the field. */
class MismatchError extends TextError {}

function icmpOnly({ ip_proto }: Common): void {
  if (!isIcmp(ip_proto)) throw new MismatchError('invalid L4 fields')
}

type Setter = (to: Draft, text: string, common: Common) => void

const FIELDS: Readonly<Record<string, Setter>> = {
  ct_nw_src: (to, text, common) => (to.src = readAddress(common, 4, text)),
  ct_nw_dst: (to, text, common) => (to.dst = readAddress(common, 4, text)),
  ct_ipv6_src: (to, text, common) => (to.src = readAddress(common, 6, text)),
  ct_ipv6_dst: (to, text, common) => (to.dst = readAddress(common, 6, text)),
  ct_nw_proto: (_to, text, common) => (common.ip_proto = parseUint(text, 0xff, 'protocol')),
  ct_tp_src: (to, text) => (to.first = parseUint(text, 0xffff, 'port')),
  ct_tp_dst: (to, text) => (to.second = parseUint(text, 0xffff, 'port')),
  icmp_type: (to, text, common) => {
    icmpOnly(common)
    to.second = (to.second & 0xff00) | parseUint(text, 0xff, 'type')
  },
  icmp_code: (to, text, common) => {
    icmpOnly(common)
    to.second = (to.second & 0xff) | (parseUint(text, 0xff, 'code') << 8)
  },
  icmp_id: (to, text, common) => {
    icmpOnly(common)
    to.first = parseUint(text, 0xffff, 'identifier')
  },
}

function readTuple(text: string, common: Common): Draft {
  const draft: Draft = { src: 0n, dst: 0n, first: 0, second: 0 }
  for (const { key, value, delimiter } of scanKeyValues(text)) {
    if (delimiter === '') throw new TextError(`field ${key} missing value`)
    const set = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
    if (set === undefined) throw new TextError(`invalid conntrack tuple field: ${key}`)
    try {
      set(draft, value, common)
    } catch (error) {
      if (!(error instanceof TextError) || error instanceof MismatchError) throw error
      throw new TextError(`failed to parse field ${key}`)
    }
  }
  const hasPorts = draft.first !== 0 || draft.second !== 0
  if (hasPorts && common.ip_proto === 0) throw new TextError('port is set without protocol')
  return draft
}

function tupleOf({ src, dst, first, second }: Draft, ip_proto: number): CtTuple {
  const addresses = { ...(src !== 0n && { src }), ...(dst !== 0n && { dst }) }
  if (isIcmp(ip_proto)) return { ...addresses, icmp_id: first, icmp_type: second & 0xff, icmp_code: second >> 8 }
  return {
    ...addresses,
    ...(first !== 0 && { src_port: first }),
    ...(second !== 0 && { dst_port: second }),
  }
}

const isGiven = (tuple: CtTuple): boolean => Object.keys(tuple).length > 0

/** The connections of `ct-flush`: fields of the original direction, then of the reply's. @throws TextError */
export function parseCtTuples(orig = '', reply = ''): Pick<CtFlush, 'ip_proto' | 'orig' | 'reply'> {
  const common: Common = { ip_proto: 0, family: undefined }
  const drafts = [readTuple(orig, common), readTuple(reply, common)]
  const { ip_proto } = common
  const [first = {}, second = {}] = drafts.map((draft) => tupleOf(draft, ip_proto))
  return { ip_proto, ...(isGiven(first) && { orig: first }), ...(isGiven(second) && { reply: second }) }
}
