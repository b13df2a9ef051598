import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from './config/config.js'
import { HostManager } from './hosts/manager.js'
import { Housekeeping } from './housekeeping.js'
import { LmdbStore } from './store/lmdb.js'

/** The parts of a running controller, put together. */
export class Controller {
  readonly hosts: HostManager
  readonly api: FastifyInstance
  readonly #store: LmdbStore
  readonly #housekeeping: Housekeeping

  private constructor(store: LmdbStore, housekeeping: Housekeeping, hosts: HostManager, api: FastifyInstance) {
    this.#store = store
    this.#housekeeping = housekeeping
    this.hosts = hosts
    this.api = api
  }

  /** Opens the store, then the hosts' listeners, then the API. What was opened is closed again when a later step fails. */
  static async start(config: Config, log: Logger): Promise<Controller> {
    const open: { close(): Promise<unknown> }[] = []
    try {
      const store = await LmdbStore.open(config.data)
      open.unshift(store)
      const housekeeping = new Housekeeping({
        store,
        identityRestMs: config.identityRest,
        onError: (error) => {
          log.error({ err: error }, 'housekeeping failed')
        },
      })
      open.unshift(housekeeping)
      const hosts = await HostManager.start({
        store,
        ovsdbListen: config.ovsdbListen,
        openflowListen: config.openflowListen,
        ...(config.controllerAddress === undefined ? {} : { controllerAddress: config.controllerAddress }),
        auditIntervalMs: config.auditInterval,
        statsIntervalMs: config.statsInterval,
        probeIntervalMs: config.probeInterval,
        log,
      })
      open.unshift(hosts)
      // Loaded when the switches are being served already: after a restart they come first.
      const { createServer } = await import('./server.js')
      const api = await createServer(config, store, hosts, log)
      open.unshift(api)
      await api.listen({ host: config.apiHost, port: config.apiPort })
      return new Controller(store, housekeeping, hosts, api)
    } catch (error) {
      for (const part of open) await part.close()
      throw error
    }
  }

  /** Answers requests under way, then lets hosts and store go. */
  async stop(): Promise<void> {
    await this.api.close()
    await this.hosts.close()
    await this.#housekeeping.close()
    await this.#store.close()
  }
}
