import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Owner } from '../lab/state.js'

/** What `down` needs to know; written before anything that it names is started. */
export interface DemoState {
  readonly lab: string
  readonly controller?: Owner
}

/** Beside the data of `npm start`; not shared with it. */
export const DEMO_DIR = resolve('var/demo')

const FILE = join(DEMO_DIR, 'state.json')

export function readState(): DemoState | undefined {
  let text
  try {
    text = readFileSync(FILE, 'utf8')
  } catch {
    return undefined
  }
  return JSON.parse(text) as DemoState
}

export function writeState(state: DemoState): void {
  mkdirSync(DEMO_DIR, { recursive: true })
  writeFileSync(FILE, `${JSON.stringify(state, null, 2)}\n`)
}

export function removeDemoDir(): void {
  rmSync(DEMO_DIR, { recursive: true, force: true })
}
