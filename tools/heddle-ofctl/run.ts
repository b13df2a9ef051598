import { OpenFlowError } from 'openflow-ts'
import { type Command, Run } from './command.js'
import { COMMANDS } from './commands/index.js'
import { ExitError, FatalError } from './errors.js'
import type { Io } from './io.js'
import { type Options, parseOptions } from './options.js'

export const PROGRAM = 'heddle-ofctl'

function helpText(): string {
  const width = Math.max(...COMMANDS.map(({ name, usage }) => name.length + usage.length)) + 1
  const lines = COMMANDS.map(({ name, usage, help }) => `  ${`${name} ${usage}`.padEnd(width)}  ${help}`)
  return `${PROGRAM}: OpenFlow switch management utility
usage: ${PROGRAM} [OPTIONS] COMMAND [ARG...]

${lines.join('\n')}

SWITCH is tcp:HOST[:PORT], unix:FILE, or the name of a bridge of this host (in $OVS_RUNDIR).

Options:
  -O, --protocols=VERSIONS    allowed OpenFlow versions: OpenFlow13, OpenFlow14, OpenFlow15 (default: all)
  --names, --no-names         ports and tables by name or not (default: by name on a terminal)
  --no-stats                  flows without their statistics
  --sort[=FIELD], --rsort[=FIELD]  flows in order of a field, or of priority
  --strict                    exactly the given flow, priority included
  --bundle                    all changes or none
  -m, --more                  say more
  -t, --timeout=SECS          give up after SECS seconds
  -h, --help                  this text
  -V, --version               versions of the program and of OpenFlow
`
}

function findCommand(operands: readonly string[]): Command {
  const [name, ...args] = operands
  if (name === undefined) throw new FatalError('missing command name; use --help for help')
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) throw new FatalError(`unknown command '${name}'; use --help for help`)
  if (args.length < command.min) {
    throw new FatalError(`'${name}' command requires at least ${command.min} arguments`)
  }
  if (args.length > command.max) throw new FatalError(`'${name}' command takes at most ${command.max} arguments`)
  return command
}

/** As an alarm signal ends a C program. */
function armTimeout({ timeoutMs }: Options): void {
  if (timeoutMs !== undefined) setTimeout(() => process.kill(process.pid, 'SIGALRM'), timeoutMs).unref()
}

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const options = parseOptions(argv)
  if (options.only === 'help') io.out(helpText())
  else if (options.only === 'version') io.out(`${PROGRAM} (Heddle) 0.1.0\nOpenFlow versions 0x4:0x6\n`)
  else {
    const command = findCommand(options.operands)
    armTimeout(options)
    await command.run(new Run(options, options.operands.slice(1), io))
  }
}

/** Runs one command line and gives its exit code; what it says goes to `io`. */
export async function runOfctl(argv: readonly string[], io: Io): Promise<number> {
  try {
    await dispatch(argv, io)
    return 0
  } catch (error) {
    const expected = error instanceof FatalError || error instanceof OpenFlowError
    if (expected) io.err(`${PROGRAM}: ${error.message}\n`)
    else if (!(error instanceof ExitError)) throw error
    return 1
  }
}
