import type { Command } from '../command.js'
import { dumpFlows } from './dump-flows.js'
import { DUMPS } from './dump.js'
import { ENCODES } from './encode.js'
import { MOD_FLOWS } from './mod-flows.js'
import { OFP_PRINT } from './ofp-print.js'

/** Every command of the program. */
export const COMMANDS: readonly Command[] = [...DUMPS, dumpFlows, ...MOD_FLOWS, ...OFP_PRINT, ...ENCODES]
