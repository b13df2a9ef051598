import { join, resolve, sep } from 'node:path'

const BUILT = import.meta.dirname.includes(`${sep}dist${sep}`)
const ROOT = join(import.meta.dirname, BUILT ? '../../../..' : '../../..')

/** A program of ours that stands in for a tool of Open vSwitch. */
export interface Subject {
  readonly tool: string
  /** Its bundle is `dist/bin/PROGRAM.js`, its source `tools/PROGRAM/main.ts`. */
  readonly program: string
  readonly args: readonly string[]
}

/**
 * The command line that runs a subject: its bundle when this program was built too or HEDDLE_PROGRAMS names a folder
 * of bundles, else its source. With HEDDLE_REFERENCE=1 the real tool, which shows that the comparison itself is right.
 */
export function commandOf({ tool, program, args }: Subject): readonly [program: string, args: readonly string[]] {
  if (process.env['HEDDLE_REFERENCE'] === '1') return [tool, []]
  const folder = process.env['HEDDLE_PROGRAMS'] ?? (BUILT ? join(ROOT, 'dist/bin') : undefined)
  if (folder !== undefined) return [process.execPath, [resolve(folder, `${program}.js`), ...args]]
  const tsx = import.meta.resolve('tsx')
  return [process.execPath, ['--import', tsx, '--conditions=source', join(ROOT, 'tools', program, 'main.ts'), ...args]]
}
