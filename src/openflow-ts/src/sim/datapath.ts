import type { NatAction } from '../action/types.js'
import { PACKET_IN_REASONS } from '../messages/spec/packet-reasons.js'
import type { Value } from '../spec/fields.js'
import { formatIpv4, formatIpv6 } from '../text/addresses.js'
import { hex, hexOrZero } from '../text/values.js'
import { changes, isSlow } from './datapath-changes.js'
import type { Packet } from './packet.js'
import type { CtEffect, Effect } from './result.js'
import type { SwitchModel } from './switch.js'

function printNat({ kind, addr, port, flags = [] }: NatAction): string {
  if (kind === undefined) return 'nat'
  const address = (value: Value): string => {
    if (typeof value === 'number') return formatIpv4(value)
    return port === undefined ? formatIpv6(value) : `[${formatIpv6(value)}]`
  }
  let range = addr === undefined ? '' : `=${address(addr.min)}${addr.max === undefined ? '' : `-${address(addr.max)}`}`
  if (addr !== undefined && port !== undefined) range += `:${port.min}${port.max === undefined ? '' : `-${port.max}`}`
  return `nat(${[`${kind}${range}`, ...flags].join(',')})`
}

const ALL_LABEL = (1n << 128n) - 1n
const ALGS: Readonly<Record<number, string>> = { 21: 'ftp', 69: 'tftp' }

function printCt({ zone, commit, mark, label, nat, alg }: CtEffect): string {
  const parts: string[] = []
  if (commit !== undefined) parts.push(commit === 'force' ? 'force_commit' : 'commit')
  if (zone !== 0) parts.push(`zone=${zone}`)
  if (mark !== undefined) parts.push(`mark=${hexOrZero(mark[0])}/${hex(mark[1])}`)
  if (label !== undefined) {
    const mask = label[1] === ALL_LABEL ? '' : `/${hex(label[1])}`
    parts.push(`label=${hexOrZero(label[0])}${mask}`)
  }
  if (alg !== undefined) parts.push(`helper=${ALGS[alg] ?? alg}`)
  if (nat !== undefined) parts.push(printNat(nat))
  return parts.length === 0 ? 'ct' : `ct(${parts.join(',')})`
}

const EXPLICIT_MISS = 6

function reasonNumber(reason: Extract<Effect, { type: 'controller' }>['reason']): number {
  if (typeof reason === 'number') return reason
  return reason === 'explicit_miss' ? EXPLICIT_MISS : PACKET_IN_REASONS[reason]
}

function printController(effect: Extract<Effect, { type: 'controller' }>): string {
  const { reason, id, max_len, cookie, recirc_id } = effect
  return (
    `userspace(pid=0,controller(reason=${reasonNumber(reason)},dont_send=1,continuation=0,recirc_id=${recirc_id},` +
    `rule_cookie=${hexOrZero(cookie)},controller_id=${id},max_len=${max_len}))`
  )
}

class Printer {
  slow = false
  readonly #sw: SwitchModel
  /** The packet as the datapath has it. */
  #base: Packet

  constructor(sw: SwitchModel, base: Packet) {
    this.#sw = sw
    this.#base = base
  }

  list(effects: readonly Effect[]): string {
    const all = effects.flatMap((effect) => this.#one(effect))
    return all.length === 0 ? 'drop' : all.join(',')
  }

  #commit(packet: Packet): string[] {
    const made = changes(this.#base, packet)
    this.slow ||= isSlow(this.#base, packet)
    this.#base = packet
    return made
  }

  /** What is done to a copy. */
  #apart(effects: readonly Effect[]): string {
    const copy = new Printer(this.#sw, this.#base)
    const text = copy.list(effects)
    this.slow ||= copy.slow
    return text
  }

  #one(effect: Effect): string[] {
    switch (effect.type) {
      case 'output': {
        const trunc = effect.max_len === undefined ? [] : [`trunc(${effect.max_len})`]
        return [...this.#commit(effect.packet), ...trunc, String(this.#sw.datapathPort(effect.port))]
      }
      case 'controller':
        return effect.pause === true ? [] : [...this.#commit(effect.packet), printController(effect)]
      case 'ct':
        return [...this.#commit(effect.packet), printCt(effect)]
      case 'ct_clear':
        return ['ct_clear']
      case 'select':
        return []
      case 'rewrite':
        return this.#commit(effect.packet)
      case 'recirc': {
        const hash = effect.why === 'hash' ? ['hash(sym_l4(0))'] : []
        return [...this.#commit(effect.packet), ...hash, `recirc(${hex(effect.id)})`]
      }
      case 'clone':
        return [...this.#commit(effect.packet), `clone(${this.#apart(effect.effects)})`]
      case 'check_pkt_len': {
        const commit = this.#commit(effect.packet)
        const [gt, le] = [this.#apart(effect.greater), this.#apart(effect.other)]
        return [...commit, `check_pkt_len(size=${effect.size},gt(${gt}),le(${le}))`]
      }
    }
  }
}

/** Nothing comes after the last copy that is made, so it need not be one. */
function withoutLastClone(effects: readonly Effect[]): readonly Effect[] {
  const last = effects.at(-1)
  if (last?.type !== 'clone') return effects
  return [...effects.slice(0, -1), { type: 'rewrite', packet: last.packet }, ...last.effects]
}

export interface DatapathActions {
  readonly text: string
  /** There are changes among them that only the slow path makes. */
  readonly slow: boolean
}

/** What the datapath is told to do, as `Datapath actions` of a trace; changes to headers no wider than need be. */
export function datapathActions(sw: SwitchModel, packet: Packet, effects: readonly Effect[]): DatapathActions {
  const printer = new Printer(sw, packet)
  const text = printer.list(withoutLastClone(effects))
  return { text, slow: printer.slow }
}
