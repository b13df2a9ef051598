import type { Command } from '../command.js'
import { listCommands } from './list.js'
import { modifyCommands } from './modify.js'
import type { RecordIds } from './records.js'
import { rowCommands } from './rows.js'
import { showCommand, type ShowTable } from './show.js'

/** What the commands on any database must be told of one. */
export interface DatabaseDescription {
  readonly ids: RecordIds
  /** The first table's rows are shown, with what they refer to. */
  readonly show: readonly ShowTable[]
}

/** The commands that work on any database (ovs-vsctl(8), "Database Commands"), and `show`. */
export const databaseCommands = ({ ids, show }: DatabaseDescription): readonly Command[] => [
  ...listCommands(ids),
  ...modifyCommands(ids),
  ...rowCommands(ids),
  showCommand(show),
]
