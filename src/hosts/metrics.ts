import { Counter, Gauge, type Registry } from 'prom-client'
import type { HostManager } from './manager.js'
import type { HostStatus } from './status.js'
import { registerTrafficMetrics } from './traffic-metrics.js'

/** Metrics of the hosts, read from their sessions when they are scraped. */
export function registerHostMetrics(registry: Registry, manager: HostManager): void {
  const registers = [registry]
  const labelNames = ['host'] as const
  const gauge = (name: string, help: string, read: (host: HostStatus) => number): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const session of manager.hosts()) this.set({ host: session.name }, read(session.status()))
      },
    })
  }
  const counter = (name: string, help: string, read: (host: HostStatus) => number): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const session of manager.hosts()) this.inc({ host: session.name }, read(session.status()))
      },
    })
  }
  gauge('heddle_host_connected', '1 while OVSDB session and OpenFlow connection are up', ({ connected }) => Number(connected))
  gauge('heddle_host_realized', '1 while the host has everything that is wanted', ({ realized }) => Number(realized))
  gauge('heddle_host_flows', 'Flows wanted on the host', ({ flows }) => flows)
  gauge('heddle_host_foreign_flows', "Flows on br-int that are not Heddle's", ({ foreignFlows }) => foreignFlows)
  counter('heddle_openflow_flow_mods_sent_total', 'Flow-mods sent to the host', ({ sent }) => sent.flowMods)
  counter('heddle_ovsdb_transactions_sent_total', 'OVSDB transactions sent to the host', ({ sent }) => sent.transactions)
  registerTrafficMetrics(registry, () => manager.traffic())
  new Counter({
    name: 'heddle_units_compiled_total',
    help: 'Units of wanted state that have been compiled',
    registers,
    collect() {
      this.reset()
      this.inc(manager.compiler.recompiled)
    },
  })
}
