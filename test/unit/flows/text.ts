import { formatFlow, match } from 'openflow-ts'
import { type FlowTerm, TABLES } from '../../../flows/index.js'

/** As ovs-ofctl prints them, so that a reader who knows OVS sees at once what the pipeline does. */
export function text(terms: readonly FlowTerm[]): string[] {
  return terms.map(({ table, priority, match: init, actions }) =>
    formatFlow({ table_id: TABLES[table].id, priority, cookie: 0n, match: match(init), actions }).replace(
      'cookie=0x0, ',
      '',
    ),
  )
}
