import type { Command } from '../command.js'
import { DATA_COMMANDS } from './data.js'
import { SCHEMA_COMMANDS } from './schema.js'
import { WAIT_COMMANDS } from './wait.js'

export const COMMANDS: readonly Command[] = [...SCHEMA_COMMANDS, ...DATA_COMMANDS, ...WAIT_COMMANDS]
