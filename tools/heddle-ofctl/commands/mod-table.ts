import {
  type MessageOf,
  type MultipartEntry,
  OF14,
  type OfVersion,
  type ParsedTableMod,
  parseTableMod,
  TABLE_CONFIG,
  type TableMod,
  VERSION_NAMES,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import type { Switch } from '../switch.js'
import { requireVersion } from './dump.js'

const ALL_TABLES = 255
/** The tables that a mod of all is about, where each is told on its own. */
const LAST_TABLE = 253

type TableDesc = MultipartEntry<'TABLE_DESC'>

async function describe(sw: Switch, table: number): Promise<TableDesc | undefined> {
  requireVersion(sw, 'dump-table-desc', OF14)
  let found: TableDesc | undefined
  for await (const reply of sw.decoded({ type: 'TABLE_DESC_REQUEST' })) {
    if (reply.type !== 'TABLE_DESC_REPLY') continue
    found ??= reply.entries.find(({ table_id }) => table_id === table)
  }
  return found
}

/** Since OpenFlow 1.4 a table's configuration has parts, of which those that are not changed are sent as they are. */
function completed({ mod, changes }: ParsedTableMod, table_id: number, desc: TableDesc | undefined): TableMod {
  const { config, properties = [] } = mod
  if (desc === undefined || changes === 'miss') return { table_id, config, properties }
  const old = desc.properties ?? []
  if (changes === 'eviction') {
    // How much is vacant now is not for us to say.
    const vacancy = old.flatMap((item) => (item.type === 'vacancy' ? [{ ...item, vacancy: 0 }] : []))
    return { table_id, config: config | (desc.config & TABLE_CONFIG.vacancy_events), properties: vacancy }
  }
  const eviction = old.filter(({ type }) => type === 'eviction')
  return { table_id, config: config | (desc.config & TABLE_CONFIG.eviction), properties: [...eviction, ...properties] }
}

/** The versions that both know of the change and are allowed. @throws FatalError when there are none */
function versionsOf({ versions }: ParsedTableMod, run: Run, setting: string): readonly OfVersion[] {
  const possible = run.options.versions.filter((version) => versions.includes(version))
  if (possible.length > 0) return possible
  const names = versions.map((version) => VERSION_NAMES[version]).join(', ')
  throw new FatalError(`table_mod '${setting}' requires one of the OpenFlow versions ${names}`)
}

async function modOne(run: Run, sw: Switch, parsed: ParsedTableMod, table_id: number, keeps: boolean): Promise<void> {
  const desc = keeps ? await describe(sw, table_id) : undefined
  const message: MessageOf<'TABLE_MOD'> = { type: 'TABLE_MOD', ...completed(parsed, table_id, desc) }
  await sw.command(message, run.options.verbosity)
}

export const modTable: Command = {
  name: 'mod-table',
  usage: 'SWITCH TABLE MOD',
  help: 'modify flow table behavior: controller, continue, drop (OF1.1, 1.2); evict, noevict, vacancy:low,high, novacancy',
  min: 3,
  max: 3,
  writes: true,
  async run(run) {
    const [, table = '', setting = ''] = run.args
    const parsed = parseTableMod(table, setting, await run.names.toAccept(run.target, ['tables']))
    const versions = versionsOf(parsed, run, setting)
    const keeps = run.options.versions.some((version) => version >= OF14)
    const { table_id } = parsed.mod
    const tables = keeps && table_id === ALL_TABLES ? Array.from({ length: LAST_TABLE + 1 }, (_, i) => i) : [table_id]
    await run.withSwitch(
      async (sw) => {
        for (const one of tables) await modOne(run, sw, parsed, one, keeps)
      },
      { versions },
    )
  },
}
