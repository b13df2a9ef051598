import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { loadConfig } from './config/config.js'
import { Controller } from './controller.js'

/** The controller's program: settings, start, and an orderly end. */
async function main(): Promise<void> {
  const loaded = await loadConfig(process.argv.slice(2), process.env, readFile)
  if (loaded.action === 'print') {
    process.stdout.write(loaded.text)
    return
  }
  const { config } = loaded
  const log = pino({ level: config.logLevel })
  const controller = await Controller.start(config, log)
  log.info(
    { api: controller.api.listeningOrigin, ovsdb: config.ovsdbListen, openflow: config.openflowListen, data: config.data },
    'Heddle is ready',
  )
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'ending')
    controller.stop().catch(fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function fail(error: unknown): void {
  process.stderr.write(`heddle: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

main().catch(fail)
