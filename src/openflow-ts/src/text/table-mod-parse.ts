import { TextError } from '../errors.js'
import { TABLE_CONFIG, TABLE_MISS, type TableMod } from '../messages/spec/table.js'
import { ALL_TABLES } from '../messages/spec/parts.js'
import { OF11, OF12, OF14, OF15, type OfVersion } from '../version.js'
import type { TextContext } from './context.js'
import { scanInteger } from './numbers.js'
import { parseTable } from './tables.js'

/** What is to be changed of a table. */
export interface ParsedTableMod {
  readonly mod: TableMod
  /** Versions that know of it. */
  readonly versions: readonly OfVersion[]
  /** What of a table's configuration stays as it is, in the versions where it has more than one part. */
  readonly changes: 'miss' | 'eviction' | 'vacancy_events'
}

const LAST_TABLE = 0xfe
const PERCENT = 100

function percent(text: string, which: string): number {
  const scanned = scanInteger(text)
  const value = scanned?.end === text.length ? Number(scanned.value) : -1
  if (value < 0 || value > PERCENT) throw new TextError(`Invalid vacancy ${which} value "${text}"`)
  return value
}

/** `vacancy:DOWN,UP`; as in C, separators may be repeated. */
function parseVacancy(setting: string): { vacancy_down: number; vacancy_up: number } {
  const [, text = ''] = /^:*[^:]+(?::(.*))?$/s.exec(setting) ?? []
  const [down, up] = text.split(',').filter((part) => part !== '')
  if (down === undefined) throw new TextError('Vacancy down value missing')
  const vacancy_down = percent(down, 'down')
  if (up === undefined) throw new TextError('Vacancy up value missing')
  const vacancy_up = percent(up, 'up')
  if (vacancy_down > vacancy_up) {
    throw new TextError(
      'Invalid vacancy range, vacancy up should be greater than vacancy down (OFPBPC_BAD_VALUE)',
    )
  }
  return { vacancy_down, vacancy_up }
}

type Setting = Omit<ParsedTableMod, 'mod'> & Pick<TableMod, 'config' | 'properties'>

const NEWER: readonly OfVersion[] = [OF14, OF15]

const isVacancy = (setting: string): boolean => 'vacancy'.startsWith(/^[^:]*/.exec(setting)?.[0] ?? '')

function parseSetting(setting: string): Setting {
  if (Object.hasOwn(TABLE_MISS, setting)) {
    return { config: TABLE_MISS[setting as keyof typeof TABLE_MISS], versions: [OF11, OF12], changes: 'miss' }
  }
  if (setting === 'evict') return { config: TABLE_CONFIG.eviction, versions: NEWER, changes: 'eviction' }
  if (setting === 'noevict') return { config: 0, versions: NEWER, changes: 'eviction' }
  if (isVacancy(setting)) {
    const properties = [{ type: 'vacancy', ...parseVacancy(setting) } as const]
    return { config: TABLE_CONFIG.vacancy_events, properties, versions: NEWER, changes: 'vacancy_events' }
  }
  if (setting === 'novacancy') return { config: 0, versions: NEWER, changes: 'vacancy_events' }
  throw new TextError(`invalid table_mod setting ${setting}`)
}

/**
 * Parses what ovs-ofctl takes for mod-table: a table, or `all`, and `controller`, `continue`, `drop`, `evict`,
 * `noevict`, `vacancy:DOWN,UP` or `novacancy`.
 * @throws TextError
 */
export function parseTableMod(table: string, setting: string, ctx: TextContext = {}): ParsedTableMod {
  const table_id = table.toLowerCase() === 'all' ? ALL_TABLES : parseTable(table, ctx)
  if (table_id === undefined) throw new TextError(`unknown table "${table}"`)
  const { config, properties, versions, changes } = parseSetting(setting)
  if (table_id === LAST_TABLE && changes === 'miss' && config === TABLE_MISS.continue) {
    throw new TextError("last table's flow miss handling can not be continue")
  }
  return { mod: { table_id, config, ...(properties !== undefined && { properties }) }, versions, changes }
}
