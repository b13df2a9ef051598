import { OF10, OF11, OF12, OF13, OF14 } from '../../version.js'
import { type Fault, judged } from '../faults.js'
import { type Layout, optional, pad, slack, text, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { byVersion } from '../versions.js'
import { property, propertyList, type UnknownProperty } from '../property.js'
import { length16, struct } from '../struct.js'

const NAME_BYTES = 32

/** What OFPMP_TABLE says of a table: its counters and, before OpenFlow 1.3, what it can do. */
export interface TableStats {
  readonly table_id: number
  readonly active_count: number
  readonly lookup_count: bigint
  readonly matched_count: bigint
  readonly name?: string
  readonly max_entries?: number
  /** Bits: OFPFW_* in OpenFlow 1.0, OFPFMF_* in 1.1, OXM fields in 1.2. */
  readonly wildcards?: number | bigint
  readonly match?: number | bigint
  readonly instructions?: number
  readonly write_actions?: number
  readonly apply_actions?: number
  readonly write_setfields?: bigint
  readonly apply_setfields?: bigint
  readonly metadata_match?: bigint
  readonly metadata_write?: bigint
  readonly config?: number
}

const counters = { active_count: u32, lookup_count: u64, matched_count: u64 } as const
const fallback64 = optional(u64, 0n)
const fallback32 = optional(u32, 0)

const bits32 = optional<number | bigint>(
  { write: (w, value, scope) => { u32.write(w, Number(value), scope) }, read: (r, scope) => u32.read(r, scope) },
  0,
)
const bits64 = optional<number | bigint>(
  { write: (w, value, scope) => { u64.write(w, BigInt(value), scope) }, read: (r, scope) => u64.read(r, scope) },
  0n,
)

const tableStats10: Layout<TableStats> = struct({
  table_id: u8,
  _1: pad(3),
  name: optional(text(NAME_BYTES), ''),
  wildcards: bits32,
  max_entries: fallback32,
  ...counters,
})

const tableStats11: Layout<TableStats> = struct({
  table_id: u8,
  _1: pad(7),
  name: optional(text(NAME_BYTES), ''),
  wildcards: bits32,
  match: bits32,
  instructions: fallback32,
  write_actions: fallback32,
  apply_actions: fallback32,
  config: fallback32,
  max_entries: fallback32,
  ...counters,
})

const tableStats12: Layout<TableStats> = struct({
  table_id: u8,
  _1: pad(7),
  name: optional(text(NAME_BYTES), ''),
  match: bits64,
  wildcards: bits64,
  write_actions: fallback32,
  apply_actions: fallback32,
  write_setfields: fallback64,
  apply_setfields: fallback64,
  metadata_match: fallback64,
  metadata_write: fallback64,
  instructions: fallback32,
  config: fallback32,
  max_entries: fallback32,
  ...counters,
})

const tableStats13: Layout<TableStats> = struct({ table_id: u8, _1: pad(3), ...counters })

export const tableStats = byVersion<TableStats>(
  [OF10, tableStats10],
  [OF11, tableStats11],
  [OF12, tableStats12],
  [OF13, tableStats13],
)

/** Bits of a table's configuration from OpenFlow 1.4 on; its capabilities have the same. */
export const TABLE_CONFIG = { eviction: 4, vacancy_events: 8 } as const
/** What a table does with packets that match nothing, in the lowest bits of the configuration in 1.1 and 1.2. */
export const TABLE_MISS = { controller: 0, continue: 1, drop: 2 } as const
export const EVICTION_FLAGS = { other: 1, importance: 2, lifetime: 4 } as const

const eviction = property(2, { flags: u32 })
const vacancyShape = { vacancy_down: u8, vacancy_up: u8, vacancy: optional(u8, 0), _1: pad(1) } as const

const tableDescProperties = propertyList({ eviction, vacancy: property(3, vacancyShape) })

/** One entry of OFPMP_TABLE_DESC, OpenFlow 1.4+. */
export const tableDesc = struct({
  _length: length16,
  table_id: u8,
  _1: pad(1),
  config: u32,
  properties: { ...tableDescProperties, fallback: [] },
})

export const TABLE_REASONS = { vacancy_down: 3, vacancy_up: 4 } as const

const tableReason = judged(nameOrNumber(u8, TABLE_REASONS), (reason) =>
  typeof reason === 'number' ? { what: `reason ${reason}`, reply: 'OFPBPC_BAD_VALUE' } : undefined,
)

/** OFPT_TABLE_STATUS, OpenFlow 1.4+. */
export const tableStatus = struct({ reason: tableReason, _1: pad(7), desc: tableDesc, _2: slack(0) })

/** In per cent of the table: below the one and above the other the switch tells. */
export interface Vacancy {
  readonly vacancy_down: number
  readonly vacancy_up: number
  readonly vacancy?: number
}

const PERCENT = 100

function faultOfVacancy({ vacancy_down, vacancy_up, vacancy = 0 }: Vacancy): Fault | undefined {
  const ordered = vacancy_down <= vacancy_up && vacancy_up <= PERCENT
  return ordered && vacancy === 0 ? undefined : { what: 'vacancies out of order', reply: 'OFPBPC_BAD_VALUE' }
}

const tableModProperties = propertyList(
  { eviction, vacancy: { code: 3, body: judged(struct(vacancyShape), faultOfVacancy) } },
  { plain: 'OFPBRC_BAD_TYPE', experimenter: 'OFPBRC_BAD_TYPE' },
)

export type TableModProperty =
  | { readonly type: 'eviction'; readonly flags: number }
  | ({ readonly type: 'vacancy' } & Vacancy)
  | UnknownProperty

/** OFPT_TABLE_MOD, OpenFlow 1.1+; the properties are of 1.4. */
export interface TableMod {
  readonly table_id: number
  readonly config: number
  readonly properties?: readonly TableModProperty[]
}

const tableModHead = { table_id: u8, _1: pad(3), config: u32 } as const

export const tableMod = byVersion<TableMod>(
  [OF11, struct(tableModHead)],
  [OF14, struct({ ...tableModHead, properties: { ...tableModProperties, fallback: [] } })],
)
