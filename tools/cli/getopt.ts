import { FatalError } from './errors.js'

/** One option: how it is written, and what it takes. */
export interface OptionSpec {
  readonly long: string
  readonly short?: string
  readonly argument: 'none' | 'required' | 'optional'
}

/** An option as given. */
export interface Given {
  readonly long: string
  readonly value: string | undefined
}

export interface CommandLine {
  readonly options: readonly Given[]
  readonly operands: readonly string[]
}

/** The option of a long name or of an unambiguous beginning of one. */
function findLong(name: string, specs: readonly OptionSpec[]): OptionSpec {
  const exact = specs.find((spec) => spec.long === name)
  if (exact !== undefined) return exact
  const beginning = specs.filter((spec) => spec.long.startsWith(name))
  if (beginning.length === 1 && beginning[0] !== undefined) return beginning[0]
  if (beginning.length === 0) throw new FatalError(`unrecognized option '--${name}'`)
  const possible = beginning.map((spec) => ` '--${spec.long}'`).join('')
  throw new FatalError(`option '--${name}' is ambiguous; possibilities:${possible}`)
}

function readLong(arg: string, next: () => string | undefined, specs: readonly OptionSpec[]): Given {
  const equals = arg.indexOf('=')
  const spec = findLong(equals < 0 ? arg.slice(2) : arg.slice(2, equals), specs)
  const attached = equals < 0 ? undefined : arg.slice(equals + 1)
  if (spec.argument === 'none' && attached !== undefined) {
    throw new FatalError(`option '--${spec.long}' doesn't allow an argument`)
  }
  if (spec.argument !== 'required' || attached !== undefined) return { long: spec.long, value: attached }
  const value = next()
  if (value === undefined) throw new FatalError(`option '--${spec.long}' requires an argument`)
  return { long: spec.long, value }
}

/** `-mm`, `-OVERSION`, `-O VERSION`. */
function* readShort(arg: string, next: () => string | undefined, specs: readonly OptionSpec[]): Generator<Given> {
  for (let i = 1; i < arg.length; i++) {
    const letter = arg.charAt(i)
    const spec = specs.find(({ short }) => short === letter)
    if (spec === undefined) throw new FatalError(`invalid option -- '${letter}'`)
    if (spec.argument === 'none') {
      yield { long: spec.long, value: undefined }
      continue
    }
    const attached = i + 1 < arg.length ? arg.slice(i + 1) : undefined
    const value = attached ?? (spec.argument === 'required' ? next() : undefined)
    if (spec.argument === 'required' && value === undefined) {
      throw new FatalError(`option requires an argument -- '${letter}'`)
    }
    yield { long: spec.long, value }
    return
  }
}

/**
 * Options may stand anywhere before `--`, as with GNU getopt_long; with `leading`, before the first operand only.
 * @throws FatalError with getopt's message
 */
export function getopt(argv: readonly string[], specs: readonly OptionSpec[], leading = false): CommandLine {
  const options: Given[] = []
  const operands: string[] = []
  let at = 0
  const next = (): string | undefined => argv[at++]
  for (let arg = next(); arg !== undefined; arg = next()) {
    if (arg === '--') {
      operands.push(...argv.slice(at))
      break
    }
    if (arg.startsWith('--')) options.push(readLong(arg, next, specs))
    else if (arg.startsWith('-') && arg !== '-') options.push(...readShort(arg, next, specs))
    else if (leading) {
      operands.push(arg, ...argv.slice(at))
      break
    } else operands.push(arg)
  }
  return { options, operands }
}
