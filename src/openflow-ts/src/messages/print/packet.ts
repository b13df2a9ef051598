import type { Action } from '../../action/types.js'
import { termOf } from '../../match/terms.js'
import { match } from '../../match/match.js'
import { formatPacket } from '../../packet/format.js'
import { formatActions } from '../../text/action-text.js'
import { formatMatch } from '../../text/match-format.js'
import { type ContinuationPart, readContinuation } from '../spec/continuation.js'
import { NO_BUFFER } from '../spec/parts.js'
import type { Scope } from '../layout.js'
import type { PacketIn } from '../spec/packet.js'
import type { MessageOf } from '../table.js'
import { hex, hexDump, type PrintContext } from './common.js'

const NO_COOKIE = 0xffffffffffffffffn

const buffer = (id: number): string => ` buffer=0x${id.toString(16).padStart(8, '0')}`

function bufferText({ buffer_id = NO_BUFFER, total_len, data }: PacketIn): string {
  if (buffer_id === NO_BUFFER) {
    return ` (unbuffered)${total_len === data.length ? '' : ' (***total_len != data_len***)'}`
  }
  return buffer(buffer_id) + (total_len < data.length ? ' (***total_len < data_len***)' : '')
}

const dotted = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('.')

type PartOf<K> = Extract<ContinuationPart, { readonly type: K }>

/** Bytes as one number in hex. */
function number(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes).toString('hex').replace(/^0+/, '')
  return `0x${digits === '' ? '0' : digits}`
}

/** Groups of actions, each preceded by the table and cookie of the flow that it came from. */
function continuationActions(parts: readonly ContinuationPart[], ctx: PrintContext): string {
  let table = 0
  let cookie = 0n
  const texts: string[] = []
  for (const part of parts) {
    if (part.type === 'table_id') table = part.value
    else if (part.type === 'cookie') cookie = part.value
    else if (part.type === 'actions') {
      const name = ctx.tableName?.(table) ?? String(table)
      texts.push(`unroll_xlate(table=${name}, cookie=${cookie.toString()})`, ...actionTexts(part.value, ctx))
    }
  }
  return texts.length === 0 ? '' : ` continuation.actions=${texts.join(',')}\n`
}

const actionTexts = (actions: readonly Action[], ctx: PrintContext): string[] =>
  actions.length === 0 ? [] : [formatActions(actions, ctx)]

function printContinuation(bytes: Uint8Array, scope: Scope, ctx: PrintContext): string {
  const parts = readContinuation(bytes, scope)
  const last = <K extends ContinuationPart['type']>(type: K): PartOf<K> | undefined =>
    parts.findLast((part): part is PartOf<K> => part.type === type)
  const bridge = last('bridge')?.value ?? ''
  const stack = parts.filter((part) => part.type === 'stack')
  const mirrors = last('mirrors')?.value ?? 0
  const set = parts.filter((part) => part.type === 'action_set').flatMap((part) => part.value)
  const port = last('odp_port')?.value
  return (
    (/[1-9a-f]/.test(bridge) ? ` continuation.bridge=${bridge}\n` : '') +
    (stack.length === 0
      ? ''
      : ` continuation.stack=(top) ${stack.map(({ value }) => number(value)).join(' ')} (bottom)\n`) +
    (mirrors === 0 ? '' : ` continuation.mirrors=${hex(mirrors)}\n`) +
    (last('conntracked') === undefined ? '' : ' continuation.conntracked=true\n') +
    continuationActions(parts, ctx) +
    (set.length === 0 ? '' : ` continuation.action_set=${formatActions(set, ctx)}\n`) +
    (port === undefined ? '' : ` continuation.odp_port=${port}\n`)
  )
}

/** The packet itself, as much as is asked for. */
function printData(data: Uint8Array, packetType: number, verbosity: number): string {
  return (verbosity > 0 ? formatPacket(data, packetType) : '') + (verbosity > 2 ? hexDump(data, false) : '')
}

/** OFPT_PACKET_IN, NXT_PACKET_IN, NXT_PACKET_IN2 and NXT_RESUME. */
export function printPacketIn(m: MessageOf<'PACKET_IN'> | MessageOf<'RESUME'>, ctx: PrintContext): string {
  const { cookie = NO_COOKIE, userdata, continuation, verbosity = 1 } = { ...m, ...ctx }
  const table = ctx.tableName?.(m.table_id) ?? (m.table_id === 0 ? undefined : String(m.table_id))
  const scope = { version: m.version, xid: m.xid, form: m.form } as Scope
  return (
    (table === undefined ? '' : ` table_id=${table}`) +
    (cookie === NO_COOKIE ? '' : ` cookie=${hex(cookie)}`) +
    ` total_len=${m.total_len} ${formatMatch(m.match, ctx)} (via ${m.reason}) data_len=${m.data.length}` +
    `${bufferText(m)}\n` +
    (userdata === undefined || userdata.length === 0 ? '' : ` userdata=${dotted(userdata)}\n`) +
    (continuation === undefined ? '' : printContinuation(continuation, scope, ctx)) +
    printData(m.data, Number(termOf(m.match, 'packet_type')?.[0] ?? 0), verbosity)
  )
}

/** OFPT_PACKET_OUT. */
export function printPacketOut(m: MessageOf<'PACKET_OUT'>, ctx: PrintContext): string {
  const { buffer_id = NO_BUFFER, data, in_port, match: metadata = match({ in_port }) } = m
  const { verbosity = 1 } = ctx
  const text = ` ${formatMatch(metadata, ctx)} actions=${formatActions(m.actions, ctx)}`
  if (buffer_id !== NO_BUFFER) return `${text}${buffer(buffer_id)}`
  const packetType = Number(termOf(metadata, 'packet_type')?.[0] ?? 0)
  const shown = data.length === 0 ? '' : printData(data, packetType, verbosity)
  return `${text} data_len=${data.length}${shown === '' ? '' : `\n${shown}`}`
}
