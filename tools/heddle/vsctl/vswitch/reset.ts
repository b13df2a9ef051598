import { defaultDatum } from 'ovsdb-client'
import type { Command } from '../command.js'
import type { Vswitch } from './state.js'
import { mapOf, pairsOf } from './values.js'

/** The columns that get their defaults back, and the tables whose rows go. */
const RESET_COLUMNS = {
  Open_vSwitch: ['manager_options', 'ssl'],
  Bridge: ['controller', 'fail_mode', 'mirrors', 'netflow', 'sflow', 'ipfix', 'flood_vlans'],
  Port: ['other_config'],
  Interface: ['ingress_policing_rate', 'ingress_policing_burst'],
} as const
const EMPTIED_TABLES = ['Mirror', 'Controller', 'Manager', 'NetFlow', 'SSL', 'sFlow', 'IPFIX', 'Flow_Sample_Collector_Set']

/** Of a bridge's other_config, what says which address it has. */
const KEPT_KEY = 'hwaddr'

function reset({ transaction }: Vswitch): void {
  for (const [table, columns] of Object.entries(RESET_COLUMNS)) {
    for (const row of transaction.rows(table)) {
      for (const column of columns) row.write(column, defaultDatum(row.column(column).type))
    }
  }
  for (const bridge of transaction.rows('Bridge')) {
    bridge.write('other_config', mapOf(pairsOf(bridge, 'other_config').filter(([key]) => key === KEPT_KEY)))
  }
  for (const table of EMPTIED_TABLES) for (const row of transaction.rows(table)) transaction.delete(row)
}

/** `init` and `emer-reset` of ovs-vsctl(8). */
export const RESET_COMMANDS: readonly Command<Vswitch>[] = [
  { name: 'init', usage: '', summary: 'initialize database, if not yet initialized', min: 0, max: 0 },
  {
    name: 'emer-reset',
    usage: '',
    summary: 'reset configuration to clean state',
    min: 0,
    max: 0,
    prepare: (_invocation, needs) => {
      for (const [table, columns] of Object.entries(RESET_COLUMNS)) needs.columns(table, columns)
      needs.columns('Bridge', ['other_config'])
      for (const table of EMPTIED_TABLES) needs.table(table)
    },
    run: ({ state }) => {
      reset(state)
    },
  },
]
