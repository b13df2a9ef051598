import { TextError } from '../errors.js'
import type { Value } from '../spec/fields.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { TextContext } from '../text/context.js'
import { atoi, scanInteger, strtoull } from '../text/numbers.js'
import { scanKeyValues } from '../text/scan.js'
import { formatSubfield, parseSubfield } from '../text/subfield.js'
import { parseTable } from '../text/tables.js'
import { hexOrZero, parseMasked, VALUE_FORMS } from '../text/values.js'
import { parseMove } from './move.js'
import type { ParseEnv } from './spec.js'
import { LEARN_FLAGS, type LearnAction, type LearnFlag, type LearnSpec, type Subfield } from './types.js'
import * as wire from './wire-fields.js'

export const LEARN_FLAG_NAMES = Object.keys(LEARN_FLAGS) as LearnFlag[]
const DEFAULT_PRIORITY = 0x8000

/** A field that learned flows can be given: one whose name fits 32 bits. */
function plainInfo(s: Subfield, whole: string, text: string): FieldInfo {
  const info = wire.infoOf(s)
  if (wire.isExperimenter(info)) throw new TextError(`${whole}: experimenter OXM field '${text}' not supported`)
  return info
}

/** The parsed thing, or the words of the error. */
function attempt<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (error instanceof TextError) return error.message
    throw error
  }
}

function parseImmediate(dst: Subfield, info: FieldInfo, text: string, whole: string, ctx: TextContext): bigint {
  if (dst.ofs === 0 && dst.n_bits === info.subfieldBits) {
    const { value, mask } = parseMasked(info, text, ctx)
    if (mask !== undefined) throw new TextError(`${text}: wildcards not allowed here`)
    return BigInt(value)
  }
  const scanned = scanInteger(text)
  if (scanned?.end !== text.length || scanned.value < 0n || scanned.value >> BigInt(info.bytes * 8) !== 0n) {
    throw new TextError(`${whole}: cannot parse integer value`)
  }
  if (scanned.value >> BigInt(dst.n_bits) !== 0n) {
    const shown = VALUE_FORMS[info.format].print(info, own(info, scanned.value), undefined, {})
    throw new TextError(`${whole}: value ${shown} does not fit into ${dst.n_bits} bits`)
  }
  return scanned.value
}

const own = (info: FieldInfo, value: bigint): Value => (info.wide ? value : Number(value))

function parseMatchSpec(dst: Subfield, name: string, value: string, whole: string, ctx: TextContext): LearnSpec {
  const info = plainInfo(dst, whole, name)
  if (value === '') return { to: 'match', dst, src: dst }
  const src = attempt(() => parseSubfield(value))
  if (typeof src === 'string') {
    const immediate = attempt(() => parseImmediate(dst, info, value, whole, ctx))
    if (typeof immediate === 'string') {
      throw new TextError(
        `${whole}: ${name} value ${value} cannot be parsed as a subfield (${src}) or an immediate value (${immediate})`,
      )
    }
    return { to: 'match', dst, value: immediate }
  }
  if (src.n_bits !== dst.n_bits) {
    throw new TextError(`${whole}: bit widths of ${name} (${src.n_bits}) and ${value} (${dst.n_bits}) differ`)
  }
  return { to: 'match', dst, src }
}

function parseLoadSpec(name: string, value: string): LearnSpec {
  const arrow = value.indexOf('->')
  if (arrow === 0) throw new TextError(`${name}: missing source before \`->' in \`${value}'`)
  if (arrow < 0) throw new TextError(`${name}: missing \`->' in \`${value}'`)
  const scanned = scanInteger(value)
  if (scanned === undefined || scanned.value < 0n) return { to: 'load', ...parseMove(value) }
  if (scanned.end !== arrow) throw new TextError(`${name}: garbage before \`->' in \`${value}'`)
  const text = value.slice(arrow + 2)
  const dst = parseSubfield(text)
  plainInfo(dst, value, text)
  if (scanned.value >> BigInt(dst.n_bits) !== 0n) {
    throw new TextError(`${value}: value does not fit into ${dst.n_bits} bits`)
  }
  return { to: 'load', dst, value: scanned.value }
}

function parseSpec(key: string, value: string, whole: string, ctx: TextContext): LearnSpec {
  const dst = attempt(() => parseSubfield(key))
  if (typeof dst !== 'string') return parseMatchSpec(dst, key, value, whole, ctx)
  if (key === 'load') return parseLoadSpec(key, value)
  if (key === 'output') return { to: 'output', src: parseSubfield(value) }
  throw new TextError(`${whole}: unknown keyword ${key}`)
}

type Draft = { -readonly [K in keyof LearnAction]: LearnAction[K] } & { specs: LearnSpec[] }

function parseResult(value: string): Subfield {
  const dst = parseSubfield(value)
  if (!wire.infoOf(dst).writable) throw new TextError(`${value} is read-only`)
  if (dst.n_bits !== 1) throw new TextError("result_dst in 'learn' action must be a single bit")
  return dst
}

const KEYS: Readonly<Record<string, (a: Draft, value: string, env: ParseEnv, whole: string) => unknown>> = {
  table(a, value, env, whole) {
    const table = parseTable(value, env.ctx)
    if (table === undefined) throw new TextError(`unknown table "${value}"`)
    if (table === 255) throw new TextError(`${whole}: table id 255 not valid for \`learn' action`)
    a.table_id = table
  },
  priority: (a, value) => (a.priority = atoi(value, 16)),
  idle_timeout: (a, value) => (a.idle_timeout = atoi(value, 16)),
  hard_timeout: (a, value) => (a.hard_timeout = atoi(value, 16)),
  fin_idle_timeout: (a, value) => (a.fin_idle_timeout = atoi(value, 16)),
  fin_hard_timeout: (a, value) => (a.fin_hard_timeout = atoi(value, 16)),
  cookie: (a, value) => (a.cookie = strtoull(value)),
  send_flow_rem: (a) => (a.flags = [...a.flags, 'send_flow_rem']),
  delete_learned: (a) => (a.flags = [...a.flags, 'delete_learned']),
  limit: (a, value) => (a.limit = atoi(value, 32)),
  result_dst: (a, value) => (a.result_dst = parseResult(value)),
}

/** Parses what stands in the parentheses of learn(...). @throws TextError */
export function parseLearn(arg: string, env: ParseEnv): LearnAction {
  const a: Draft = {
    type: 'learn',
    table_id: 1,
    priority: DEFAULT_PRIORITY,
    cookie: 0n,
    idle_timeout: 0,
    hard_timeout: 0,
    fin_idle_timeout: 0,
    fin_hard_timeout: 0,
    flags: [],
    limit: 0,
    specs: [],
  }
  for (const { key, value } of scanKeyValues(arg)) {
    const take = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined
    if (take === undefined) a.specs.push(parseSpec(key, value, arg, env.ctx))
    else take(a, value, env, arg)
  }
  return { ...a, flags: LEARN_FLAG_NAMES.filter((flag) => a.flags.includes(flag)) }
}

const isWhole = (s: Subfield): boolean => s.ofs === 0 && s.n_bits === fieldInfo(s.field).subfieldBits

function formatSpec(spec: LearnSpec, ctx: TextContext): string {
  if (spec.to === 'output') return `output:${formatSubfield(spec.src)}`
  const dst = formatSubfield(spec.dst)
  if (spec.to === 'load') return `load:${'value' in spec ? hexOrZero(spec.value) : formatSubfield(spec.src)}->${dst}`
  const info = fieldInfo(spec.dst.field)
  if ('value' in spec) {
    if (!isWhole(spec.dst)) return `${dst}=${hexOrZero(spec.value)}`
    return `${info.printName}=${VALUE_FORMS[info.format].print(info, own(info, spec.value), undefined, ctx)}`
  }
  const same = spec.src.field === spec.dst.field && spec.src.ofs === spec.dst.ofs
  return same ? dst : `${dst}=${formatSubfield(spec.src)}`
}

export function formatLearn(a: LearnAction, ctx: TextContext): string {
  const parts = [`table=${ctx.tableName?.(a.table_id) ?? a.table_id}`]
  const number = (name: string, value: number): unknown => value !== 0 && parts.push(`${name}=${value}`)
  number('idle_timeout', a.idle_timeout)
  number('hard_timeout', a.hard_timeout)
  number('fin_idle_timeout', a.fin_idle_timeout)
  number('fin_hard_timeout', a.fin_hard_timeout)
  if (a.priority !== DEFAULT_PRIORITY) parts.push(`priority=${a.priority}`)
  parts.push(...LEARN_FLAG_NAMES.filter((flag) => a.flags.includes(flag)))
  if (a.cookie !== 0n) parts.push(`cookie=${hexOrZero(a.cookie)}`)
  number('limit', a.limit)
  if (a.result_dst !== undefined) parts.push(`result_dst=${formatSubfield(a.result_dst)}`)
  for (const spec of a.specs) parts.push(formatSpec(spec, ctx))
  return `learn(${parts.join(',')})`
}
