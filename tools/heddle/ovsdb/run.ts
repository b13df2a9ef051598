import { VERSION } from '../../../src/config/version.js'
import { startDaemon, startsDaemon } from '../../cli/daemon.js'
import { ExitError, FatalError } from '../../cli/errors.js'
import { openLog } from '../../cli/log.js'
import { Tls } from '../../cli/tls.js'
import { becomeUser, findUser } from '../../cli/user.js'
import type { Io } from '../io.js'
import { type Command, PROGRAM, PROGRAM_FILES, Run } from './command.js'
import { COMMANDS } from './commands/index.js'
import { helpText } from './help.js'
import { type Options, parseOptions } from './options.js'

function findCommand(name: string | undefined): Command {
  if (name === undefined) throw new FatalError('missing command name; use --help for help')
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) throw new FatalError(`unknown command '${name}'; use --help for help`)
  return command
}

/** As an alarm signal ends a C program. */
function armTimeout({ timeoutMs }: Options): void {
  if (timeoutMs !== undefined) setTimeout(() => process.kill(process.pid, 'SIGALRM'), timeoutMs).unref()
}

async function runCommand(command: Command, run: Run): Promise<void> {
  const { name, need, min, max, detaches = false } = command
  if (detaches && startsDaemon(run.options)) {
    await startDaemon()
    return
  }
  try {
    if (need !== 'nothing') await run.open(min, need)
    if (run.args.length < min || run.args.length > max) {
      throw new FatalError(`invalid syntax for '${name}' (use --help for help)`)
    }
    await command.run(run)
  } finally {
    await run.close()
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const given = parseOptions(argv)
  const user = findUser(PROGRAM_FILES, given)
  if (given.only === 'help') io.out(helpText(PROGRAM))
  else if (given.only === 'version') io.out(`${PROGRAM} (Heddle) ${VERSION}\n`)
  else {
    const options = { ...given, tls: new Tls(given.tls, openLog(given, io, 'info')) }
    becomeUser(user)
    const [name, ...args] = options.operands
    armTimeout(options)
    await runCommand(findCommand(name), new Run(options, args, io))
  }
}

/** Runs one command line of `heddle ovsdb` and gives its exit code. */
export async function runOvsdb(argv: readonly string[], io: Io): Promise<number> {
  try {
    await dispatch(argv, io)
    return 0
  } catch (error) {
    if (error instanceof ExitError) return error.exitCode
    if (!(error instanceof FatalError)) throw error
    io.err(`${PROGRAM}: ${error.message}\n`)
    return 1
  }
}
