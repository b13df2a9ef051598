import type { Command } from '../command.js'
import { databaseCommands } from '../database/commands.js'
import { AUTO_ATTACH_COMMANDS } from './auto-attach.js'
import { BRIDGE_COMMANDS } from './bridges.js'
import { CONTROLLER_COMMANDS } from './controllers.js'
import { VSWITCH } from './description.js'
import { PORT_COMMANDS } from './ports.js'
import { RESET_COMMANDS } from './reset.js'
import { SSL_COMMANDS } from './ssl.js'
import type { Vswitch } from './state.js'
import { ZONE_COMMANDS } from './zones.js'

/** All commands of `heddle vsctl`. */
export const COMMANDS: readonly Command<Vswitch>[] = [
  ...RESET_COMMANDS,
  ...BRIDGE_COMMANDS,
  ...PORT_COMMANDS,
  ...CONTROLLER_COMMANDS,
  ...SSL_COMMANDS,
  ...AUTO_ATTACH_COMMANDS,
  ...ZONE_COMMANDS,
  ...databaseCommands(VSWITCH),
]
