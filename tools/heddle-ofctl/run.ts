import { OpenFlowError } from 'openflow-ts'
import { type Command, PROGRAM_FILES, Run } from './command.js'
import { COMMANDS } from './commands/index.js'
import { ExitError, FatalError } from '../cli/errors.js'
import { openLog } from '../cli/log.js'
import { Tls } from '../cli/tls.js'
import { becomeUser, findUser } from '../cli/user.js'
import type { Io } from './io.js'
import { PROGRAM } from './program.js'
import { optionLines, type Options, parseOptions } from './options.js'

function helpText(): string {
  const width = Math.max(...COMMANDS.map(({ name, usage }) => name.length + usage.length)) + 1
  const lines = COMMANDS.map(({ name, usage, help }) => `  ${`${name} ${usage}`.padEnd(width)}  ${help}`)
  return `${PROGRAM}: OpenFlow switch management utility
usage: ${PROGRAM} [OPTIONS] COMMAND [ARG...]

${lines.join('\n')}

SWITCH is tcp:HOST[:PORT], ssl:HOST[:PORT], unix:FILE, or the name of a bridge of this host (in $OVS_RUNDIR).

Options:
  -O, --protocols=VERSIONS    allowed OpenFlow versions: OpenFlow10 to OpenFlow15 (default: OpenFlow10)
  -F, --flow-format=FORMATS   allowed flow formats: any, OpenFlow10, NXM, OXM, ...
  -P, --packet-in-format=FORMAT  (monitor) standard, nxt_packet_in or nxt_packet_in2
  --names, --no-names         ports and tables by name or not (default: by name on a terminal)
  --stats, --no-stats         flows with or without their statistics
  --sort[=FIELD], --rsort[=FIELD]  flows in order of a field, or of priority
  --strict                    exactly the given flow, priority included
  --bundle                    all changes or none
  --readd                     (replace-flows) also flows that have not changed
  --may-create                (mod-group) a group that is not there is added
  --read-only                 refuse commands that may change the switch
  --timestamp                 (monitor, snoop) print when messages came
  -m, --more                  say more
  --color[=always|never|auto] colors in what is printed
  -p, --private-key=FILE, -c, --certificate=FILE, -C, --ca-cert=FILE  for ssl: targets
  --ssl-protocols=VERSIONS, --ssl-ciphers=CIPHERS  TLSv1, TLSv1.1, TLSv1.2; as OpenSSL lists them
  --user=USER[:GROUP]         go on as somebody else than root
  --detach, --no-chdir, --pidfile[=FILE], --overwrite-pidfile, --unixctl=SOCKET  (monitor, snoop) in the background
  -t, --timeout=SECS          give up after SECS seconds
  -v, --verbose[=SPEC]        levels of logging
  -h, --help                  this text
  -V, --version               versions of the program and of OpenFlow
`
}

function findCommand(operands: readonly string[], { readOnly }: Options): Command {
  const [name, ...args] = operands
  if (name === undefined) throw new FatalError('missing command name; use --help for help')
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) throw new FatalError(`unknown command '${name}'; use --help for help`)
  if (args.length < command.min) {
    throw new FatalError(`'${name}' command requires at least ${command.min} arguments`)
  }
  if (args.length > command.max) throw new FatalError(`'${name}' command takes at most ${command.max} arguments`)
  if (readOnly && command.writes === true) {
    throw new FatalError(`'${name}' command does not work in read only mode`)
  }
  return command
}

/** As an alarm signal ends a C program. */
function armTimeout({ timeoutMs }: Options): void {
  if (timeoutMs !== undefined) setTimeout(() => process.kill(process.pid, 'SIGALRM'), timeoutMs).unref()
}

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const given = parseOptions(argv)
  const user = findUser(PROGRAM_FILES, given)
  if (given.only === 'help') io.out(helpText())
  else if (given.only === 'version') io.out(`${PROGRAM} (Heddle) 0.1.0\nOpenFlow versions 0x1:0x6\n`)
  else if (given.only === 'option') io.out(optionLines())
  else {
    const options = { ...given, tls: new Tls(given.tls, openLog(given, io, 'info')) }
    becomeUser(user)
    const command = findCommand(options.operands, options)
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
    if (error instanceof ExitError) return error.exitCode
    if (!(error instanceof FatalError || error instanceof OpenFlowError)) throw error
    io.err(`${PROGRAM}: ${error.message}\n`)
    return 1
  }
}
