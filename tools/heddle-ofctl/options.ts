import { OF13, OF14, OF15, type OfVersion, VERSION_NAMES } from 'openflow-ts'
import { FatalError } from './errors.js'
import { getopt, type OptionSpec } from './getopt.js'

/** Sort by a field, or by priority where there is none. */
export interface SortKey {
  readonly field: string | undefined
  readonly descending: boolean
}

export interface Options {
  readonly versions: readonly OfVersion[]
  /** Undefined: names are taken, and printed on a terminal only. */
  readonly names: boolean | undefined
  readonly stats: boolean
  readonly strict: boolean
  readonly bundle: boolean
  readonly sort: readonly SortKey[]
  readonly verbosity: number
  readonly timeoutMs: number | undefined
  /** Print this and do nothing else. */
  readonly only: 'help' | 'version' | undefined
  readonly operands: readonly string[]
}

type Mutable = { -readonly [K in keyof Options]: Options[K] }
type Setter = (to: Mutable, value: string) => void

interface Entry extends OptionSpec {
  readonly set: Setter
}

/** Versions that this tool speaks. */
const SUPPORTED: readonly OfVersion[] = [OF13, OF14, OF15]

function parseVersions(text: string): OfVersion[] {
  const byName = new Map(Object.entries(VERSION_NAMES).map(([version, name]) => [name, Number(version) as OfVersion]))
  return text
    .split(/[ ,]+/)
    .filter((name) => name !== '')
    .map((name) => {
      const version = byName.get(name)
      if (version === undefined) throw new FatalError(`Unknown OpenFlow version: "${name}"`)
      if (!SUPPORTED.includes(version)) throw new FatalError(`${name} is not supported (OpenFlow13 to OpenFlow15 are)`)
      return version
    })
}

function sortKey(field: string, descending: boolean): SortKey {
  return { field: field === '' || field === 'priority' ? undefined : field, descending }
}

const nothing: Setter = () => undefined

/** All options, in one table. */
const ENTRIES: readonly Entry[] = [
  { long: 'protocols', short: 'O', argument: 'required', set: (to, v) => (to.versions = parseVersions(v)) },
  { long: 'names', argument: 'none', set: (to) => (to.names = true) },
  { long: 'no-names', argument: 'none', set: (to) => (to.names = false) },
  { long: 'stats', argument: 'none', set: (to) => (to.stats = true) },
  { long: 'no-stats', argument: 'none', set: (to) => (to.stats = false) },
  { long: 'strict', argument: 'none', set: (to) => (to.strict = true) },
  { long: 'bundle', argument: 'none', set: (to) => (to.bundle = true) },
  { long: 'sort', argument: 'optional', set: (to, v) => (to.sort = [...to.sort, sortKey(v, false)]) },
  { long: 'rsort', argument: 'optional', set: (to, v) => (to.sort = [...to.sort, sortKey(v, true)]) },
  { long: 'more', short: 'm', argument: 'none', set: (to) => to.verbosity++ },
  { long: 'timeout', short: 't', argument: 'required', set: setTimeoutOption },
  { long: 'timestamp', argument: 'none', set: nothing },
  { long: 'verbose', short: 'v', argument: 'optional', set: nothing },
  { long: 'help', short: 'h', argument: 'none', set: (to) => (to.only = 'help') },
  { long: 'version', short: 'V', argument: 'none', set: (to) => (to.only = 'version') },
]

function setTimeoutOption(to: Mutable, value: string): void {
  const seconds = Number(value)
  if (!Number.isInteger(seconds) || seconds <= 0) throw new FatalError(`value ${value} on -t or --timeout is invalid`)
  to.timeoutMs = seconds * 1000
}

/** @throws FatalError on what cannot be understood */
export function parseOptions(argv: readonly string[]): Options {
  const { options, operands } = getopt(argv, ENTRIES)
  const to: Mutable = {
    versions: SUPPORTED,
    names: undefined,
    stats: true,
    strict: false,
    bundle: false,
    sort: [],
    verbosity: 0,
    timeoutMs: undefined,
    only: undefined,
    operands,
  }
  for (const given of options) ENTRIES.find(({ long }) => long === given.long)?.set(to, given.value ?? '')
  return to
}
