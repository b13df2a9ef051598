import { formatBytes, type Message, type MultipartEntry, OF13, OF14, type OfVersion, printTableFeatures } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import type { Switch } from '../switch.js'

/** A command that sends one request without arguments and prints the replies. */
function plain(name: string, help: string, request: Message, since?: OfVersion): Command {
  return {
    name,
    usage: 'SWITCH',
    help,
    min: 1,
    max: 1,
    async run(run) {
      await run.withSwitch(async (sw) => {
        requireVersion(sw, name, since)
        await run.printReplies(sw.parts(request))
      })
    },
  }
}

/** @throws FatalError when the connection's version does not know what `name` is about */
export function requireVersion({ version }: Switch, name: string, since: OfVersion | undefined): void {
  if (since === undefined || version >= since) return
  throw new FatalError(`${name} needs OpenFlow 1.${since - 1} or later ('-O OpenFlow1${since - 1}')`)
}

/** Features, then ports where the features do not tell them, then on a connection of its own the configuration. */
async function show(run: Run): Promise<void> {
  await run.withSwitch(async (sw) => {
    const features = await sw.transact({ type: 'FEATURES_REQUEST' })
    run.print(formatBytes(features, { verbosity: run.options.verbosity + 1 }))
    if (sw.version >= OF13) await run.printReplies(sw.parts({ type: 'PORT_DESC_STATS_REQUEST' }))
  })
  await run.dump({ type: 'GET_CONFIG_REQUEST' })
}

/** As one list, over all parts of the reply, so that what tables have in common is said once. */
async function dumpTableFeatures(run: Run): Promise<void> {
  await run.withSwitch(async (sw) => {
    requireVersion(sw, 'dump-table-features', OF13)
    const tables: MultipartEntry<'TABLE_FEATURES_STATS'>[] = []
    for await (const reply of sw.decoded({ type: 'TABLE_FEATURES_STATS_REQUEST' })) {
      if (reply.type === 'TABLE_FEATURES_STATS_REPLY') tables.push(...reply.entries)
    }
    // Lines between tables end each of them here.
    const text = printTableFeatures(tables, sw.version).replace(/^\n/, '')
    run.print(text.endsWith('ditto\n') ? text : `${text}\n`)
  })
}

export const DUMPS: readonly Command[] = [
  { name: 'show', usage: 'SWITCH', help: 'show OpenFlow information', min: 1, max: 1, run: show },
  plain('dump-desc', 'print switch description', { type: 'DESC_STATS_REQUEST' }),
  plain('dump-tables', 'print table stats', { type: 'TABLE_STATS_REQUEST' }),
  {
    name: 'dump-table-features',
    usage: 'SWITCH',
    help: 'print table features',
    min: 1,
    max: 1,
    run: dumpTableFeatures,
  },
  plain('dump-table-desc', 'print table description (OF1.4+)', { type: 'TABLE_DESC_REQUEST' }, OF14),
]
