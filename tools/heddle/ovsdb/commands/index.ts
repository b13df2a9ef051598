import { type Command, PROGRAM } from '../command.js'
import { helpText } from '../help.js'
import { BACKUP_COMMANDS } from './backup.js'
import { DATA_COMMANDS } from './data.js'
import { LOCK_COMMANDS } from './lock.js'
import { MONITOR_COMMANDS } from './monitor.js'
import { SCHEMA_COMMANDS } from './schema.js'
import { WAIT_COMMANDS } from './wait.js'

export const COMMANDS: readonly Command[] = [
  ...SCHEMA_COMMANDS,
  ...DATA_COMMANDS,
  ...BACKUP_COMMANDS,
  ...MONITOR_COMMANDS,
  ...WAIT_COMMANDS,
  ...LOCK_COMMANDS,
  {
    name: 'help',
    need: 'nothing',
    min: 0,
    max: Infinity,
    run: (run) => {
      run.print(helpText(PROGRAM))
    },
  },
]
