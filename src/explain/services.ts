import { type Flow, termOf } from 'openflow-ts'
import type { Family } from '../model/address.js'
import { Alike } from './alike.js'
import { slotOf } from './bits.js'
import { push } from './lists.js'
import { ECHO, IP_PROTOCOLS, type PortProtocol, type Service } from './probe.js'
import { flowsFor } from './stage.js'

/** Services next to each other; bounds are included. */
export type ServiceRange = PortRange | IcmpRange

export interface PortRange {
  readonly protocol: PortProtocol
  readonly ports: Range
}

export interface IcmpRange {
  readonly protocol: 'ICMP'
  readonly types: Range
  readonly codes: Range
}

export type Range = readonly [from: number, to: number]

/** Services that flows cannot tell apart, and one of them. */
export interface ServiceClass {
  readonly probe: Service
  readonly ranges: readonly ServiceRange[]
}

const PORT_BITS = 16
const ICMP_BITS = 8

/** What a switch's flows can tell of services. */
export class ServiceView {
  readonly #flows: readonly Flow[]
  readonly #alikes = new Map<number, Alike>()

  constructor(flows: Iterable<Flow>, family: Family) {
    this.#flows = flowsFor(family === 4 ? 'nw_dst' : 'ipv6_dst', flows)
  }

  /** As packets of an IP protocol meet the flows. */
  of(protocol: number): Alike {
    let alike = this.#alikes.get(protocol)
    if (alike === undefined) {
      const own = this.#flows.filter(({ match }) => Number(termOf(match, 'nw_proto')?.[0] ?? protocol) === protocol)
      this.#alikes.set(protocol, (alike = new Alike(own)))
    }
    return alike
  }
}

/** Classes of all services, where packets come to these switches. */
export function serviceClasses(switches: readonly ServiceView[], family: Family): ServiceClass[] {
  const protocols = (['TCP', 'UDP', 'SCTP'] as const).flatMap((protocol) => portClasses(switches, protocol))
  return [...protocols, ...icmpClasses(switches, family)]
}

function portClasses(switches: readonly ServiceView[], protocol: PortProtocol): ServiceClass[] {
  const alikes = switches.map((one) => one.of(IP_PROTOCOLS[protocol]))
  // Of the reply, it is the source port.
  const axis = new Axis(alikes, [slotOf('tcp_dst'), slotOf('tcp_src')], PORT_BITS)
  const classes = new Map<string, PortRange[]>()
  for (const ports of axis.ranges()) push(classes, axis.classOf(ports[0]), { protocol, ports })
  return Array.from(classes.values(), (ranges) => ({ probe: { protocol, port: ranges[0]?.ports[0] ?? 0 }, ranges }))
}

function icmpClasses(switches: readonly ServiceView[], family: Family): ServiceClass[] {
  const { protocol, request } = ECHO[family]
  const alikes = switches.map((one) => one.of(protocol))
  const fields = family === 4 ? (['icmp_type', 'icmp_code'] as const) : (['icmpv6_type', 'icmpv6_code'] as const)
  const types = new Axis(alikes, [slotOf(fields[0])], ICMP_BITS, [request, request + 1])
  const codes = new Axis(alikes, [slotOf(fields[1])], ICMP_BITS)
  const classes = new Map<string, IcmpRange[]>()
  for (const type of types.ranges()) {
    for (const code of codes.ranges()) {
      // An echo request is answered, whatever flows make of it.
      const key = `${types.classOf(type[0])} ${codes.classOf(code[0])} ${type[0] === request}`
      push(classes, key, { protocol: 'ICMP' as const, types: type, codes: code })
    }
  }
  return [...classes.values()].flatMap((ranges) => {
    const [first] = ranges
    return first === undefined ? [] : [{ probe: { protocol: 'ICMP' as const, type: first.types[0], code: first.codes[0] }, ranges }]
  })
}

/** Values of a field, cut where any switch may tell one from the next. */
class Axis {
  readonly #alikes: readonly Alike[]
  readonly #slots: readonly number[]
  readonly #bounds: readonly number[]
  readonly #size: number

  constructor(alikes: readonly Alike[], slots: readonly number[], bits: number, more: readonly number[] = []) {
    this.#alikes = alikes
    this.#slots = slots
    this.#size = 2 ** bits
    const bounds = new Set([0, ...more])
    for (const alike of alikes) {
      for (const slot of slots) {
        const own = alike.bounds(slot, bits) ?? Array.from({ length: this.#size }, (_, i) => i)
        for (const bound of own) bounds.add(bound)
      }
    }
    this.#bounds = [...bounds].sort((a, b) => a - b)
  }

  ranges(): Range[] {
    return this.#bounds.map((from, i) => [from, (this.#bounds[i + 1] ?? this.#size) - 1])
  }

  classOf(value: number): string {
    return this.#alikes.flatMap((alike) => this.#slots.map((slot) => alike.classOf(slot, value))).join()
  }
}

/** The same services in few ranges: neighbours are joined, ICMP's by type and then by code. */
export function mergeRanges(ranges: readonly ServiceRange[]): ServiceRange[] {
  const ports = ranges.filter((range) => range.protocol !== 'ICMP')
  const icmp = ranges.filter((range) => range.protocol === 'ICMP')
  const types = joined(icmp, ({ codes }) => codes.join(), ({ types }) => types, (range, types) => ({ ...range, types }))
  return [
    ...joined(ports, ({ protocol }) => protocol, (range) => range.ports, (range, ports) => ({ ...range, ports })),
    ...joined(types, ({ types }) => types.join(), ({ codes }) => codes, (range, codes) => ({ ...range, codes })),
  ]
}

/** Ranges that differ along one axis only, and are neighbours there, as one. */
function joined<R>(
  ranges: readonly R[],
  besides: (range: R) => string,
  along: (range: R) => Range,
  as: (range: R, to: Range) => R,
): R[] {
  const lists = new Map<string, R[]>()
  for (const range of ranges) push(lists, besides(range), range)
  return [...lists.values()].flatMap((list) => {
    const merged: R[] = []
    for (const range of list.sort((a, b) => along(a)[0] - along(b)[0])) {
      const last = merged.at(-1)
      if (last === undefined || along(last)[1] + 1 !== along(range)[0]) merged.push(range)
      else merged[merged.length - 1] = as(last, [along(last)[0], along(range)[1]])
    }
    return merged
  })
}

/** `TCP 80`, `UDP 5000-5999`, `all SCTP`, `ICMP type 8 code 0`. */
export function formatRange(range: ServiceRange): string {
  if (range.protocol !== 'ICMP') return spread(range.protocol, '', range.ports, 2 ** PORT_BITS)
  const codes = isAll(range.codes, 2 ** ICMP_BITS) ? '' : ` code ${span(range.codes)}`
  return `${spread('ICMP', 'type ', range.types, 2 ** ICMP_BITS)}${codes}`
}

const isAll = ([from, to]: Range, size: number): boolean => from === 0 && to === size - 1
const span = ([from, to]: Range): string => (from === to ? String(from) : `${from}-${to}`)
const spread = (protocol: string, what: string, range: Range, size: number): string =>
  isAll(range, size) ? `all ${protocol}` : `${protocol} ${what}${span(range)}`
