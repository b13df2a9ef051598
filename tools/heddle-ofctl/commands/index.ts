import type { Command } from '../command.js'
import { bundle } from './bundle.js'
import { composePacketCommand } from './compose-packet.js'
import { DUMPS } from './dump.js'
import { ECHOES } from './echo.js'
import { ENCODES } from './encode.js'
import { FLOW_DIFFS } from './flow-diff.js'
import { FLOW_MODS } from './flow-mods.js'
import { FLOW_DUMPS } from './flows.js'
import { FRAGS } from './frags.js'
import { GROUPS } from './groups.js'
import { listCommands } from './list-commands.js'
import { METERS_COMMANDS } from './meters.js'
import { modTable } from './mod-table.js'
import { MONITORS } from './monitor.js'
import { NICIRA } from './nicira.js'
import { OFP_PRINT } from './ofp-print.js'
import { packetOut } from './packet-out.js'
import { PARSE_ACTIONS } from './parse-actions.js'
import { PARSE_FIXED_MATCHES } from './parse-fixed-match.js'
import { PARSE_FLOWS } from './parse-flow.js'
import { PARSE_GROUP } from './parse-group.js'
import { PARSE_MATCH } from './parse-match.js'
import { parsePcap } from './parse-pcap.js'
import { PORTS_COMMANDS } from './ports.js'

/** Every command of the program. */
export const COMMANDS: readonly Command[] = [
  ...DUMPS,
  ...FRAGS,
  ...PORTS_COMMANDS,
  ...FLOW_DUMPS,
  ...FLOW_MODS,
  ...FLOW_DIFFS,
  ...GROUPS,
  ...METERS_COMMANDS,
  ...MONITORS,
  ...NICIRA,
  modTable,
  packetOut,
  bundle,
  ...ECHOES,
  ...OFP_PRINT,
  ...ENCODES,
  ...PARSE_ACTIONS,
  ...PARSE_FLOWS,
  ...PARSE_FIXED_MATCHES,
  ...PARSE_GROUP,
  ...PARSE_MATCH,
  parsePcap,
  composePacketCommand,
  listCommands,
]
