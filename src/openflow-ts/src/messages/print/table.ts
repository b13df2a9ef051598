import { OF11, OF12, OF14 } from '../../version.js'
import { EVICTION_FLAGS, TABLE_CONFIG, TABLE_MISS, type TableMod } from '../spec/table.js'
import { ALL_TABLES } from '../spec/parts.js'
import type { MessageOf, MultipartEntry } from '../table.js'
import { bitNames, type PrintContext } from './common.js'

const tableText = (table: number, ctx: PrintContext): string => ctx.tableName?.(table) ?? String(table)

const onOff = (on: boolean): string => (on ? 'on' : 'off')

const EVICTION_NAMES = Object.fromEntries(
  Object.entries(EVICTION_FLAGS).map(([name, bit]) => [name.toUpperCase(), bit]),
)
const NO_FLAGS = 0xffffffff

const evictionFlags = (flags: number): string =>
  flags === NO_FLAGS ? '(default)' : bitNames(flags, EVICTION_NAMES, '|')

/** What becomes of packets that match nothing; only OpenFlow 1.1 and 1.2 configure it. */
export function missText(config: number, version: number): string | undefined {
  if (version !== OF11 && version !== OF12) return undefined
  const [name] = Object.entries(TABLE_MISS).find(([, value]) => value === (config & 3)) ?? ['controller']
  return name
}

/** One table of OFPMP_TABLE_DESC. */
export function printTableDesc(desc: MultipartEntry<'TABLE_DESC'>, ctx: PrintContext): string {
  let flags = NO_FLAGS
  let vacancy = { vacancy_down: 0, vacancy_up: 0, vacancy: 0 }
  for (const item of desc.properties ?? []) {
    if (item.type === 'eviction') flags = item.flags
    else if (item.type === 'vacancy') vacancy = { ...vacancy, ...item }
  }
  const hasVacancy = (desc.config & TABLE_CONFIG.vacancy_events) !== 0
  const { vacancy_down, vacancy_up, vacancy: current } = vacancy
  const levels = ` vacancy_down=${vacancy_down}% vacancy_up=${vacancy_up}% vacancy=${current}%`
  return (
    `\n  table ${tableText(desc.table_id, ctx)}:\n` +
    `   eviction=${onOff((desc.config & TABLE_CONFIG.eviction) !== 0)} eviction_flags=${evictionFlags(flags)}\n` +
    `   vacancy=${onOff(hasVacancy)}${hasVacancy ? levels : ''}\n`
  )
}

/** OFPT_TABLE_STATUS */
export const printTableStatus = (m: MessageOf<'TABLE_STATUS'>, ctx: PrintContext): string =>
  ` reason=${String(m.reason).toUpperCase()}\ntable_desc:-${printTableDesc(m.desc, ctx)}`

/** ovs-ofctl takes the flags of an eviction property for whether there is eviction: 0 is not said, 1 on, 2 off. */
function evictionText(mod: TableMod): string | undefined {
  const flags = mod.properties?.findLast((item) => item.type === 'eviction')?.flags
  if (flags === undefined) return onOff((mod.config & TABLE_CONFIG.eviction) !== 0)
  return flags === 0 ? undefined : (['on', 'off'][flags - 1] ?? '***error***')
}

/** OFPT_TABLE_MOD */
export function printTableMod(mod: TableMod, version: number, ctx: PrintContext): string {
  let text = mod.table_id === ALL_TABLES ? ' table_id: ALL_TABLES' : ` table_id=${tableText(mod.table_id, ctx)}`
  const miss = missText(mod.config, version)
  if (miss !== undefined) text += `, flow_miss_config=${miss}`
  if (version < OF14) return text
  const eviction = evictionText(mod)
  if (eviction !== undefined) text += `, eviction=${eviction}`
  const hasVacancy = (mod.config & TABLE_CONFIG.vacancy_events) !== 0
  const { vacancy_down = 0, vacancy_up = 0 } = mod.properties?.findLast((item) => item.type === 'vacancy') ?? {}
  return `${text}, vacancy=${onOff(hasVacancy)}${hasVacancy ? ` vacancy:${vacancy_down},${vacancy_up}` : ''}`
}
