/** Flows of a file and of a switch, side by side: what replace-flows and diff-flows compare. */
import {
  type FieldName,
  type Flow,
  flowKey,
  formatActions,
  formatPriorityAndMatch,
  type Match,
  parseFlowFor,
  PROTOCOLS,
  type Protocols,
  type TextContext,
  TextError,
  type Value,
} from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import { linesOf } from './files.js'

const WORD = 4
const isOption = (field: FieldName): boolean => field.startsWith('tun_metadata')
const byteLength = (mask: Value): number => Math.ceil(mask.toString(16).length / 2)

export type OptionSizes = ReadonlyMap<FieldName, number>

/** A match whose tunnel options are as long as `sizes` says, so that what is matched of them is a part. */
const sized = (match: Match, sizes: OptionSizes): Match =>
  match.map((term) => {
    const bytes = sizes.get(term.field)
    return bytes === undefined ? term : { ...term, bytes }
  })

/** Two versions of one flow: either may be missing. */
export type Versions = [first: Flow | undefined, second: Flow | undefined]
export type Side = 0 | 1

/** Flows by what makes them the same flow, in the order in which they came, table by table. */
export class FlowTables {
  readonly #flows = new Map<string, Versions>()

  add(flow: Flow, side: Side): void {
    const key = flowKey(flow)
    const known = this.#flows.get(key)
    if (known === undefined) this.#flows.set(key, side === 0 ? [flow, undefined] : [undefined, flow])
    else known[side] = flow
  }

  /** How many bytes tunnel options have, by field: as many as any flow matches, in words. */
  optionSizes(): OptionSizes {
    const sizes = new Map<FieldName, number>()
    for (const flow of [...this.#flows.values()].flat()) {
      for (const { field, mask = 0, bytes } of flow?.match ?? []) {
        if (!isOption(field)) continue
        const words = Math.ceil((bytes ?? byteLength(mask)) / WORD)
        sizes.set(field, Math.max(sizes.get(field) ?? 0, words * WORD))
      }
    }
    return sizes
  }

  /** All pairs, by table; as a switch keeps them, those that match the same bits stand together. */
  byTable(): Versions[][] {
    const tables = new Map<number, Versions[]>()
    for (const pair of this.#flows.values()) {
      const table = (pair[0] ?? pair[1])?.table_id ?? 0
      const known = tables.get(table)
      if (known === undefined) tables.set(table, [pair])
      else known.push(pair)
    }
    return [...tables].sort(([a], [b]) => a - b).map(([, pairs]) => bySameBits(pairs))
  }
}

/** In the order in which the first of each kind came. */
function bySameBits(pairs: readonly Versions[]): Versions[] {
  const groups = new Map<string, Versions[]>()
  for (const pair of pairs) {
    const match = (pair[0] ?? pair[1])?.match ?? []
    const bits = match.map(({ field, mask }) => `${field}/${mask === undefined ? '' : String(mask)}`).join()
    const group = groups.get(bits)
    if (group === undefined) groups.set(bits, [pair])
    else group.push(pair)
  }
  return [...groups.values()].flat()
}

/** What of a switch's flow a file could have said as well. */
export const withoutStats = ({ table_id, priority, cookie, match, actions, ...rest }: Flow): Flow => ({
  table_id,
  priority,
  cookie,
  match,
  actions,
  ...(rest.idle_timeout !== undefined && { idle_timeout: rest.idle_timeout }),
  ...(rest.hard_timeout !== undefined && { hard_timeout: rest.hard_timeout }),
  ...(rest.importance !== undefined && { importance: rest.importance }),
})

const ALL_TABLES = 0xff

/** Adds the flows of a file's text; gives the formats that all of them can be sent in. @throws FatalError */
export function addFile(to: FlowTables, side: Side, file: string, text: string, names: TextContext): Protocols {
  let usable: Protocols = PROTOCOLS.ANY
  for (const [number, line] of linesOf(text)) {
    try {
      const flow = parseFlowFor('add', line, names)
      to.add(flow.table_id === ALL_TABLES ? { ...flow, table_id: 0 } : flow, side)
      usable &= flow.usable
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  }
  return usable
}

const setting = (name: string, value = 0): string => (value === 0 ? '' : ` ${name}=${value}`)

/** A flow in a line, without what may differ between two that are the same. */
export function formatVersion(flow: Flow, names: TextContext, sizes: OptionSizes = new Map()): string {
  const { table_id, priority, cookie, idle_timeout, hard_timeout, importance, actions } = flow
  return (
    (table_id === 0 ? '' : `table=${table_id} `) +
    formatPriorityAndMatch({ priority, match: sized(flow.match, sizes) }, names) +
    (cookie === 0n ? '' : ` cookie=0x${cookie.toString(16)}`) +
    setting('idle_timeout', idle_timeout) +
    setting('hard_timeout', hard_timeout) +
    setting('importance', importance) +
    ` actions=${formatActions(actions, names)}\n`
  )
}

/** Whether two versions of one flow do the same. */
export const sameVersion = (a: Flow, b: Flow): boolean => formatVersion(a, {}) === formatVersion(b, {})
