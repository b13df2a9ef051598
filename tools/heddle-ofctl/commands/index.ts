import type { Command } from '../command.js'
import { DUMPS } from './dump.js'
import { ENCODES } from './encode.js'
import { FLOW_MODS } from './flow-mods.js'
import { FLOW_DUMPS } from './flows.js'
import { GROUPS } from './groups.js'
import { METERS_COMMANDS } from './meters.js'
import { OFP_PRINT } from './ofp-print.js'
import { PORTS_COMMANDS } from './ports.js'

/** Every command of the program. */
export const COMMANDS: readonly Command[] = [
  ...DUMPS,
  ...PORTS_COMMANDS,
  ...FLOW_DUMPS,
  ...FLOW_MODS,
  ...GROUPS,
  ...METERS_COMMANDS,
  ...OFP_PRINT,
  ...ENCODES,
]
