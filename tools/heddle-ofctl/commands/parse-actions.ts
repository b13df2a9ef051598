import {
  type Action,
  checkConsistency,
  DecodeError,
  decodeActions,
  decodeInstructions,
  encodeActions,
  encodeInstructions,
  formatActions,
  type OfVersion,
  protocolsOfVersion,
  Reader,
  VERSION_NAMES,
  Writer,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { differences } from '../differences.js'
import { FatalError } from '../../cli/errors.js'
import { linesOf } from '../files.js'
import { leadingInteger, parseHex } from '../hex.js'

/** What a switch without further bounds has of tables. */
const N_TABLES = 255

function versionNamed(name: string): OfVersion {
  const found = Object.entries(VERSION_NAMES).find(([, known]) => known.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw new FatalError(`${name}: not a valid OpenFlow version`)
  return Number(found[0]) as OfVersion
}

/** One of the two commands: how a list is read, what is checked of it, and how it is written again. */
interface Kind {
  readonly what: 'actions' | 'instructions'
  readonly decode: (r: Reader, length: number, version: OfVersion) => Action[]
  readonly check: (actions: readonly Action[], version: OfVersion, table: number) => string | undefined
  readonly encode: (w: Writer, actions: readonly Action[], version: OfVersion) => void
}

const ACTIONS: Kind = {
  what: 'actions',
  decode: (r, length, version) => decodeActions(r, length, version, { strict: true }),
  check: () => undefined,
  encode: encodeActions,
}

const INSTRUCTIONS: Kind = {
  what: 'instructions',
  decode: (r, length, version) => decodeInstructions(r, length, version, { strict: true }),
  check: (actions, version, table) =>
    checkConsistency(actions, [], protocolsOfVersion(version), { table_id: table, n_tables: N_TABLES }),
  encode: encodeInstructions,
}

/** The actions in bytes, or the name of the error. */
function decode(kind: Kind, bytes: Buffer, version: OfVersion, table: number): Action[] | string {
  try {
    const actions = kind.decode(new Reader(bytes), bytes.length, version)
    return kind.check(actions, version, table) ?? actions
  } catch (error) {
    if (error instanceof DecodeError) return error.reply
    throw error
  }
}

/** A line: hex, perhaps with the number of a table and a comma before it. */
function printLine(run: Run, kind: Kind, name: string, version: OfVersion, line: string): void {
  const comma = line.indexOf(',')
  const hex = line.slice(comma + 1).replaceAll('.', ' ')
  const bytes = parseHex(hex, 'Trailing garbage in hex data')
  const actions = decode(kind, bytes, version, comma < 0 ? 0 : leadingInteger(line.slice(0, comma)))
  if (typeof actions === 'string') {
    run.print(`bad ${name} ${kind.what}: ${actions}\n\n`)
    return
  }
  const w = new Writer()
  kind.encode(w, actions, version)
  run.print(`actions=${formatActions(actions)}\n${differences(bytes, w.take())}\n`)
}

const command = (kind: Kind): Command => ({
  name: `parse-${kind.what}`,
  usage: 'VERSION',
  help: `print the ${kind.what} that are read, in hex, from standard input`,
  min: 1,
  max: 1,
  async run(run) {
    const [name = ''] = run.args
    const version = versionNamed(name)
    for (const [, line] of linesOf(await run.io.stdin())) printLine(run, kind, name, version, line)
  },
})

export const PARSE_ACTIONS: readonly Command[] = [command(ACTIONS), command(INSTRUCTIONS)]
