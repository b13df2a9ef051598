/** Debugging of groups: how they are understood, and how they would be sent. */
import {
  encodeMessage,
  firstProtocol,
  formatBytes,
  parseGroupMod,
  PROTOCOLS,
  protocolsToString,
  VERSION_NAMES,
  versionOfProtocol,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'

function printGroup(run: Run): void {
  const [text = ''] = run.args
  const { mod, usable } = parseGroupMod('add', text)
  run.print(`usable protocols: ${protocolsToString(usable)}\n`)
  const chosen = firstProtocol(usable & run.options.protocols)
  if (chosen === PROTOCOLS.NONE) throw new FatalError('no usable protocol')
  const version = versionOfProtocol(chosen)
  run.print(`chosen version: ${VERSION_NAMES[version]}\n`)
  const bytes = encodeMessage({ type: 'GROUP_MOD', ...mod }, version, 1)
  run.print(formatBytes(bytes, { verbosity: run.options.verbosity }))
}

const parseGroup: Command = {
  name: 'parse-group',
  usage: 'GROUP',
  help: 'print how GROUP is understood and would be sent',
  min: 1,
  max: 1,
  run(run) {
    printGroup(run)
    return Promise.resolve()
  },
}

export const PARSE_GROUP: readonly Command[] = [parseGroup]
