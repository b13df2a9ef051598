import type { Context } from '../command.js'

/** Prints names in the order of their bytes. */
export function printSorted(context: Pick<Context, 'print'>, names: readonly string[]): void {
  for (const name of [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) context.print(name)
}
