/** Something to do while a switch makes up its reply about many flows. */
import { ByteSink, encodeMessage, FlowStatsPrinter, type OfVersion, parseFlow } from 'openflow-ts'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** A switch that answers later than this has many flows. */
const PATIENCE_MS = 15

/** Flows such as most switches have. */
const LIKELY = [
  'table=1,priority=100,ip,metadata=0x500000000/0xffffffff00000000,reg1=7,nw_dst=10.0.0.5,actions=dec_ttl,resubmit(,2)',
  'table=2,priority=90,dl_dst=02:00:00:00:00:05,metadata=5,actions=load:5->NXM_NX_REG15[],output:5',
  'priority=80,in_port=5,dl_src=02:00:00:00:00:05,actions=set_field:0x5->metadata,goto_table:10',
  'table=3,arp,arp_tpa=10.0.0.5,actions=mod_dl_src:02:00:00:00:00:05,load:0xa000005->NXM_OF_ARP_SPA[],in_port',
  'table=4,tcp6,ipv6_src=2001:db8::5,tp_dst=500,actions=conjunction(5,1/2)',
]
const FLOWS = 60
const TIMES = 40

/** A reply of flows that differ in numbers. */
function likelyReply(version: OfVersion): Buffer {
  const flows = LIKELY.map((text) => parseFlow(text))
  const entries = Array.from({ length: FLOWS / flows.length }).flatMap((_, n) =>
    flows.map((flow) => ({
      ...flow,
      cookie: BigInt(n + 1),
      priority: n + 1,
      n_packets: BigInt(n),
      n_bytes: BigInt(n),
      duration_sec: n,
      duration_nsec: 5_000_000,
    })),
  )
  return encodeMessage({ type: 'FLOW_STATS_REPLY', entries, more: false }, version)
}

/**
 * Prints flows for nobody, until what is waited for is there: code that has run often is compiled by then. Whoever need
 * not wait long does not wait for that either.
 */
export async function warmUpUntil(waited: Promise<unknown>, version: OfVersion): Promise<void> {
  let done = false
  const over = (): void => { done = true }
  const isThere = (): boolean => done
  await Promise.race([waited.then(over, over), sleep(PATIENCE_MS, undefined, { ref: false })])
  if (isThere()) return
  const reply = likelyReply(version)
  const printer = new FlowStatsPrinter({ verbosity: 1 }, { few: FLOWS / 2 })
  for (let n = 0; n < TIMES && !isThere(); n++) {
    printer.print(reply, new ByteSink(2 * reply.length))
    await nextTurn()
  }
}
