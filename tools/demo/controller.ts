import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isOwnerAlive, ownerOf } from '../lab/processes.js'
import type { Owner } from '../lab/state.js'
import { DEMO_DIR } from './state.js'

const PROGRAM = fileURLToPath(new URL('../../bin/heddle-controller.js', import.meta.url))
const LOG = join(DEMO_DIR, 'controller.log')

/** Starts the controller as a process of its own, which outlives the demo; resolves when it is ready. */
export async function startController(apiPort: number): Promise<Owner> {
  const log = openSync(LOG, 'a')
  const argv = [PROGRAM, '--data', join(DEMO_DIR, 'data'), '--api-port', String(apiPort)]
  const child = spawn(process.execPath, argv, { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error('the controller could not be started')
  child.unref()
  const owner = ownerOf(pid)
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    if (await isReady(apiPort)) return owner
    if (!isOwnerAlive(owner)) throw new Error(`the controller ended at once:\n${readFileSync(LOG, 'utf8').trim()}`)
    await sleep(50)
  }
  await stopController(owner)
  throw new Error(`the controller was not ready within 30 s; see ${LOG}`)
}

/** SIGTERM, and SIGKILL for one that does not end; only ever the process that we started. */
export async function stopController(owner: Owner): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isOwnerAlive(owner)) return
    process.kill(owner.pid, signal)
    for (let i = 0; i < 100 && isOwnerAlive(owner); i++) await sleep(50)
  }
}

async function isReady(apiPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${apiPort}/readyz`)
    return response.ok
  } catch {
    return false
  }
}
