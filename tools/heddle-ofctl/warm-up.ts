/** Something to do while a switch makes up its mind about many flows. */
import { ByteSink, encodeMessage, FlowStatsPrinter, type OfVersion, parseFlow } from 'openflow-ts'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Flows such as most switches have. */
const LIKELY = [
  'table=1,priority=100,ip,metadata=0x500000000/0xffffffff00000000,reg1=7,nw_dst=10.0.0.5,actions=dec_ttl,resubmit(,2)',
  'table=2,priority=90,dl_dst=02:00:00:00:00:05,metadata=5,actions=load:5->NXM_NX_REG15[],output:5',
  'priority=80,in_port=5,dl_src=02:00:00:00:00:05,actions=set_field:0x5->metadata,goto_table:10',
  'table=3,arp,arp_tpa=10.0.0.5,actions=mod_dl_src:02:00:00:00:00:05,load:0xa000005->NXM_OF_ARP_SPA[],in_port',
  'table=4,tcp6,ipv6_src=2001:db8::5,tp_dst=500,actions=conjunction(5,1/2)',
]
const FLOWS_AT_ONCE = 40

/**
 * Prints flows for nobody, until what is waited for is there: code that has run is compiled by then. Where the switch
 * answers at once, that is not begun.
 */
export async function warmUpUntil(version: OfVersion, waited: Promise<unknown>): Promise<void> {
  let isThere = false
  const over = (): void => { isThere = true }
  waited.then(over, over)
  const printer = new FlowStatsPrinter({ verbosity: 1 })
  const flows = LIKELY.map((text) => parseFlow(text))
  for (let n = 1; ; n += FLOWS_AT_ONCE) {
    await nextTurn()
    if (isThere) return
    const entries = Array.from({ length: FLOWS_AT_ONCE }, (_, i) => ({
      ...(flows[i % flows.length] as ReturnType<typeof parseFlow>),
      cookie: BigInt(n + i),
      priority: n + i,
      n_packets: BigInt(n + i),
      n_bytes: BigInt(n + i),
      duration_sec: n + i,
      duration_nsec: 5_000_000,
    }))
    printer.print(encodeMessage({ type: 'FLOW_STATS_REPLY', entries, more: false }, version), new ByteSink())
  }
}
