import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { PORTS, widenPort } from '../ports.js'
import { PROTOCOLS } from '../protocols.js'
import { type PacketKind, PREREQS } from '../spec/prereqs.js'
import { formatHexBytes, parseHexBytes } from '../text/hex-bytes.js'
import { strToU16, strToU32 } from '../text/numbers.js'
import { formatPort, portFromText } from '../text/ports.js'
import { scanKeyValues } from '../text/scan.js'
import { parseTable } from '../text/tables.js'
import { define, nicira, OF11, OF13, OF14, OF15, standard } from './spec.js'
import type { ConjunctionAction, FinTimeoutAction, MeterAction, NoteAction, ResubmitAction } from './types.js'
import { bad, expectZeros } from './wire-fields.js'

const IN_PORT_16 = 0xfff8
const THIS_TABLE = 0xff

function resubmit(port: number, table: number | undefined, ct: boolean): ResubmitAction {
  return {
    type: 'resubmit',
    ...(port === IN_PORT_16 ? {} : { port: widenPort(port) }),
    ...(table === undefined ? {} : { table }),
    ...(ct ? { ct } : {}),
  }
}

const resubmitBody = (ct: boolean) => ({
  encode(w: Writer, a: ResubmitAction): void {
    w.u16((a.port ?? IN_PORT_16) & 0xffff)
    w.u8(a.table ?? THIS_TABLE)
  },
  decode(r: Reader): ResubmitAction {
    const port = r.u16()
    const table = r.u8()
    expectZeros(r, 'OFPBAC_BAD_ARGUMENT')
    return resubmit(port, table, ct)
  },
})

const isTracked = (kind: PacketKind): boolean => PREREQS.ct.met(kind)

export const resubmitSpec = define<ResubmitAction>({
  name: 'resubmit',
  doc:
    'Searches a table (this one by default) as if the packet had come in through a port (its own by default); with ' +
    '`ct` as if its addresses were those of its connection.',
  syntax: 'resubmit:PORT, resubmit([PORT],[TABLE][,ct])',
  types: ['resubmit'],
  inActionSet: true,
  forms: [
    nicira('RESUBMIT', 1, {
      encode(w, a) {
        w.u16((a.port ?? IN_PORT_16) & 0xffff)
      },
      decode: (r) => resubmit(r.u16(), undefined, false),
    }),
    nicira('RESUBMIT_TABLE', 14, resubmitBody(false)),
    nicira('RESUBMIT_TABLE_CT', 44, resubmitBody(true)),
  ],
  choose: (a) => (a.ct === true ? 2 : a.table === undefined ? 0 : 1),
  parse(arg, env) {
    const [portText = '', tableText = '', ct = ''] = arg.split(',')
    const port = portText === '' ? PORTS.IN_PORT : portFromText(portText, env.ctx)
    if (port === undefined) throw new TextError(`${portText}: resubmit to unknown port`)
    const table = tableText === '' ? THIS_TABLE : parseTable(tableText, env.ctx)
    if (table === undefined) throw new TextError(`${tableText}: resubmit to unknown table`)
    if (ct !== '' && ct !== 'ct') throw new TextError(`${ct}: unknown parameter`)
    if (port === PORTS.IN_PORT && table === THIS_TABLE) {
      throw new TextError('at least one "in_port" or "table" must be specified on resubmit')
    }
    return resubmit(port & 0xffff, table, ct === 'ct')
  },
  format(a, env) {
    const port = a.port === undefined ? '' : formatPort(a.port, env.ctx)
    const table = a.table === undefined || a.table === THIS_TABLE ? undefined : a.table
    if (table === undefined && a.port !== undefined) return `resubmit:${port}`
    const tableText = table === undefined ? '' : (env.ctx.tableName?.(table) ?? String(table))
    return `resubmit(${port},${tableText}${a.ct === true ? ',ct' : ''})`
  },
  check: (a, { kind }) => (a.ct === true && !isTracked(kind) ? 'OFPBAC_MATCH_INCONSISTENT' : undefined),
})

/** `ID,CLAUSE/N` with spaces about each sign, as ovs_scan reads it. */
const CONJUNCTION = /^\s*([+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+))\s*,\s*([+-]?[0-9]+)\s*\/\s*([+-]?[0-9]+)\s*$/

export const conjunctionSpec = define<ConjunctionAction>({
  name: 'conjunction',
  doc: 'Says that the flow is one of the choices of a clause of a conjunction, whose flow matches on `conj_id`.',
  syntax: 'conjunction(ID,CLAUSE/N)',
  types: ['conjunction'],
  alone: true,
  forms: [
    nicira('CONJUNCTION', 34, {
      encode(w, a) {
        w.u8(a.clause - 1)
        w.u8(a.n_clauses)
        w.u32(a.id)
      },
      decode(r) {
        const offset = r.offset
        const clause = r.u8() + 1
        const nClauses = r.u8()
        if (nClauses < 2 || nClauses > 64 || clause > nClauses) {
          throw bad(`conjunction ${clause}/${nClauses}`, offset, 'NXBAC_BAD_CONJUNCTION')
        }
        return { type: 'conjunction', id: r.u32(), clause, n_clauses: nClauses }
      },
    }),
  ],
  parse(arg) {
    const [, id, clauseText, countText] = CONJUNCTION.exec(arg) ?? []
    if (id === undefined) throw new TextError('"conjunction" syntax is "conjunction(id,i/n)"')
    const clause = Number(clauseText) & 0xff
    const nClauses = Number(countText) & 0xff
    if (nClauses < 2) throw new TextError('conjunction must have at least 2 clauses')
    if (nClauses > 64) throw new TextError('conjunction must have at most 64 clauses')
    if (clause < 1) throw new TextError('clause index must be positive')
    if (clause > nClauses) throw new TextError('clause index must be less than or equal to number of clauses')
    return { type: 'conjunction', id: strToU32(id), clause, n_clauses: nClauses }
  },
  format: (a) => `conjunction(${a.id},${a.clause}/${a.n_clauses})`,
})

/** The least multiple of 8 that holds a note and the 10 bytes before it, less these. */
const notePadded = (length: number): number => Math.ceil((length + 10) / 8) * 8 - 10

export const noteSpec = define<NoteAction>({
  name: 'note',
  doc: 'Does nothing; bytes for the user to remember.',
  syntax: 'note:HEX',
  types: ['note'],
  forms: [
    nicira(
      'NOTE',
      8,
      {
        encode(w, a) {
          w.bytes(a.data)
        },
        decode: (r) => ({ type: 'note', data: Uint8Array.from(r.bytes(r.remaining)) }),
      },
      { longer: true },
    ),
  ],
  parse(arg) {
    const data = parseHexBytes(arg, "`note' argument")
    const padded = new Uint8Array(notePadded(data.length))
    padded.set(data)
    return { type: 'note', data: padded }
  },
  format: (a) => `note:${formatHexBytes(a.data)}`,
})

const IP_PROTO_TCP = 6

export const finTimeoutSpec = define<FinTimeoutAction>({
  name: 'fin_timeout',
  doc: "Shortens the flow's timeouts when a TCP packet ends the connection.",
  syntax: 'fin_timeout(idle_timeout=SECONDS,hard_timeout=SECONDS)',
  types: ['fin_timeout'],
  forms: [
    nicira('FIN_TIMEOUT', 19, {
      encode(w, a) {
        w.u16(a.idle_timeout)
        w.u16(a.hard_timeout)
      },
      decode: (r) => ({ type: 'fin_timeout', idle_timeout: r.u16(), hard_timeout: r.u16() }),
    }),
  ],
  parse(arg) {
    let idle = 0
    let hard = 0
    for (const { key, value } of scanKeyValues(arg)) {
      if (key === 'idle_timeout') idle = strToU16(value, key)
      else if (key === 'hard_timeout') hard = strToU16(value, key)
      else throw new TextError(`invalid key '${key}' in 'fin_timeout' argument`)
    }
    return { type: 'fin_timeout', idle_timeout: idle, hard_timeout: hard }
  },
  format(a) {
    const parts: string[] = []
    if (a.idle_timeout !== 0) parts.push(`idle_timeout=${a.idle_timeout}`)
    if (a.hard_timeout !== 0) parts.push(`hard_timeout=${a.hard_timeout}`)
    return `fin_timeout(${parts.join(',')})`
  },
  check(_a, state) {
    if (state.kind.nwProto !== IP_PROTO_TCP) state.inconsistent()
    return undefined
  },
})

const MAX_METER = 0xffff0000

const meterBody = {
  encode(w: Writer, a: MeterAction): void {
    w.u32(a.meter_id)
  },
  decode: (r: Reader): MeterAction => ({ type: 'meter', meter_id: r.u32() }),
}

export const meterSpec = define<MeterAction>({
  name: 'meter',
  doc: 'Counts the packet with a meter, which may drop it. An instruction until OpenFlow 1.4, an action from 1.5 on.',
  syntax: 'meter:ID',
  types: ['meter'],
  protocols: () => PROTOCOLS.OF13_UP,
  forms: [standard('METER', 29, meterBody, { since: OF15 })],
  instruction: { type: 6, name: 'meter', since: OF11, until: OF14, bytes: 8, longer: false, isEmpty: (_a, version) => version < OF13, ...meterBody },
  parse: (arg) => ({ type: 'meter', meter_id: strToU32(arg) }),
  format: (a) => `meter:${a.meter_id}`,
  check: (a) => (a.meter_id === 0 || a.meter_id > MAX_METER ? 'OFPMMFC_INVALID_METER' : undefined),
})
