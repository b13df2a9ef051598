import type { Context } from 'mocha'
import type { Lab } from '../../tools/lab/lab.js'

/** Skips, and says so, where no lab can be made. */
export function needsLab(context: Context): void {
  if (process.getuid?.() === 0) return
  process.stderr.write(`SKIPPED: ${context.test?.fullTitle() ?? 'a suite'}: a lab needs root\n`)
  context.skip()
}

/** Removes labs made in a test; one that was never made is undefined. */
export async function downAll(labs: readonly (Lab | undefined)[]): Promise<void> {
  for (const lab of labs) await lab?.down()
}
