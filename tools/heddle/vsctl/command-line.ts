import { type Call, type Command, type CommandOption, Invocation } from './command.js'
import { CtlError } from './errors.js'
import { optionsHelp } from './options.js'

const MISSING = 'missing command name (use --help for help)'

/** The words between two `--`. */
function* parts(words: readonly string[]): Generator<readonly string[]> {
  let start = 0
  for (let at = 0; at <= words.length; at++) {
    if (at < words.length && words[at] !== '--') continue
    yield words.slice(start, at)
    start = at + 1
  }
}

/**
 * Reads commands parted by `--`, each with its options before its name. The first has also those (`local`) that stood
 * among the global options. Throws CtlError.
 */
export function parseCommands<State>(
  words: readonly string[],
  local: ReadonlyMap<string, string | undefined>,
  commands: readonly Command<State>[],
): readonly Call<State>[] {
  const calls: Call<State>[] = []
  for (const part of parts(words)) {
    const isFirst = calls.length === 0
    if (part.length > 0) calls.push(parseCommand(part, isFirst ? local : new Map(), commands))
    else if (isFirst && local.size > 0) throw new CtlError(MISSING)
  }
  if (calls.length === 0) throw new CtlError(MISSING)
  return calls
}

function parseCommand<State>(
  words: readonly string[],
  local: ReadonlyMap<string, string | undefined>,
  commands: readonly Command<State>[],
): Call<State> {
  const options = new Map(local)
  const at = words.findIndex((word) => !word.startsWith('-'))
  for (const word of at < 0 ? words : words.slice(0, at)) {
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    if (options.has(name)) throw new CtlError(`'${word}' option specified multiple times`)
    options.set(name, equals < 0 ? undefined : word.slice(equals + 1))
  }
  const name = words[at]
  if (name === undefined) throw new CtlError(MISSING)
  const command = commands.find((one) => one.name === name)
  if (command === undefined) throw new CtlError(`unknown command '${name}'; use --help for help`)
  checkOptions(command, options)
  const args = words.slice(at + 1)
  checkCount(command, args)
  return { command, invocation: new Invocation(name, options, args) }
}

function checkOptions({ name, options: known = [] }: Pick<Command, 'name' | 'options'>, options: ReadonlyMap<string, string | undefined>): void {
  for (const [option, value] of options) {
    const takesValue = known.includes(`${option}=` as CommandOption)
    if (!takesValue && !known.includes(option as CommandOption)) {
      throw new CtlError(`'${name}' command has no '${option}' option`)
    }
    if (takesValue && value === undefined) {
      throw new CtlError(`missing argument to '${option}' option on '${name}' command`)
    }
    if (!takesValue && value !== undefined) {
      throw new CtlError(`'${option}' option on '${name}' does not accept an argument`)
    }
  }
}

function checkCount({ name, min, max }: Pick<Command, 'name' | 'min' | 'max'>, args: readonly string[]): void {
  if (args.length < min) throw new CtlError(`'${name}' command requires at least ${min} arguments`)
  if (args.length <= max) return
  const note = args.some((arg) => arg.startsWith('-'))
    ? ' (note that options must precede command names and follow a "--" argument)'
    : ''
  throw new CtlError(`'${name}' command takes at most ${max} arguments${note}`)
}

/**
 * The arguments of a command as the completion of shells wants them: `!` needed, `?` may be left out, `*` any number,
 * `+` at least one; a part of a word that may be left out has a `?` before it.
 */
function completionUsage(usage: string): string {
  if (usage === '') return ''
  return usage
    .split(' ')
    .map((word) => {
      const repeated = word.endsWith('...')
      const bare = word.replace(/\.+$/, '')
      const whole = /^\[(.*)\]$/.exec(bare)?.[1]
      // Brackets within brackets, as in [COLUMN[:KEY]=VALUE], are those of a part of the word.
      const inner = (whole !== undefined && isBalanced(whole) ? whole : bare).replaceAll('[', '?').replaceAll(']', '')
      if (whole !== undefined && isBalanced(whole)) return (repeated ? '*' : '?') + inner
      return (repeated ? '+' : '!') + inner
    })
    .join(' ')
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '[') depth++
    else if (char === ']' && --depth < 0) return false
  }
  return depth === 0
}

/** `--commands`. */
export const commandLines = (commands: readonly Pick<Command, 'name' | 'usage' | 'options'>[]): string =>
  commands
    .map(({ name, usage, options = [] }) => `${options.map((option) => `[${option}] `).join('')},${name},${completionUsage(usage)}\n`)
    .join('')

/** `--help`. */
export const helpText = (program: string, commands: readonly Pick<Command, 'name' | 'usage' | 'summary'>[]): string =>
  `${program}: ovs-vswitchd management utility, as ovs-vsctl
usage: ${program} [OPTIONS] COMMAND [ARG...] [-- [OPTIONS] COMMAND [ARG...]]...

Commands:
${commands.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.trimEnd().padEnd(30)} ${summary}\n`).join('')}
Options:
${optionsHelp()}`
