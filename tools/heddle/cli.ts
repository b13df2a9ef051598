import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../src/model/duration.js'
import { top, TOP_COLUMNS, type TopOptions } from './top.js'
import { VERSION } from '../../src/config/version.js'
import { Client } from './client.js'
import { counters } from './counters.js'
import { type EventOptions, events } from './events.js'
import { type ExplainOptions, reach, trace, type TraceFlags, verify } from './explain.js'
import { get, OUTPUTS, type GetOptions, type Output } from './get.js'
import { CliError, EXIT, type Io, UsageError } from './io.js'
import { kindOf, refOf, type Scope } from './names.js'
import { plan } from './plan.js'
import { status } from './status.js'
import { apply, deleteFiles, deleteNamed, type WaitOptions } from './write.js'

const DEFAULT_SERVER = 'http://127.0.0.1:7420'

interface Tool {
  readonly summary: string
  run(argv: readonly string[], io: Io): Promise<number>
}

/** Programs of Open vSwitch by another name: all that stands behind it is theirs to read. */
const TOOLS: Readonly<Record<string, Tool>> = {
  ovsdb: {
    summary: 'an OVSDB server, as with ovsdb-client (heddle ovsdb --help says more)',
    run: async (argv, io) => (await import('./ovsdb/run.js')).runOvsdb(argv, io),
  },
  vsctl: {
    summary: 'the Open vSwitch of a host, as with ovs-vsctl (heddle vsctl --help says more)',
    run: async (argv, io) => (await import('./vsctl/run.js')).runVsctl(argv, io),
  },
}

const toolLines = (): string =>
  Object.entries(TOOLS)
    .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}\n`)
    .join('')

/** Runs one command line (`argv` without node and script) and gives its exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const [first = '', ...rest] = argv
  const tool = Object.hasOwn(TOOLS, first) ? TOOLS[first] : undefined
  if (tool !== undefined) return await tool.run(rest, io)
  let code: number = EXIT.ok
  const program = buildProgram(io, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (!(error instanceof UsageError || error instanceof CliError)) throw error
    io.err(`heddle: ${error.message}\n`)
    return error instanceof UsageError ? EXIT.usage : EXIT.failure
  }
}

type Done = (code: number) => void

function buildProgram(io: Io, done: Done): Command {
  const program = new Command('heddle')
    .description('Commands to a Heddle controller.')
    .addOption(new Option('-s, --server <url>', `the controller (HEDDLE_SERVER; ${DEFAULT_SERVER})`))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        io.out(text)
      },
      writeErr: (text) => {
        io.err(text)
      },
    })
    .addHelpText('after', `\nTools:\n${toolLines()}`)
    .showHelpAfterError('(heddle help [COMMAND] says more)')
  const client = (): Client => {
    const { server } = program.opts<{ readonly server?: string }>()
    const fromEnv = io.env['HEDDLE_SERVER']
    return new Client(server ?? (fromEnv === undefined || fromEnv === '' ? DEFAULT_SERVER : fromEnv))
  }
  addApply(program, client, io, done)
  addDiff(program, client, io, done)
  addGet(program, client, io, done)
  addDelete(program, client, io, done)
  addCounters(program, client, io, done)
  addEvents(program, client, io, done)
  addTrace(program, client, io, done)
  addReach(program, client, io, done)
  addVerify(program, client, io, done)
  addStatus(program, client, io, done)
  addTop(program, client, io, done)
  addVersion(program, client, io)
  return program
}

function addApply(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('apply')
    .description('create or replace what files describe')
    .requiredOption('-f, --file <path>', 'YAML or JSON file, directory, or - for standard input; repeats', append)
    .option('--plan', 'only tell what would change on the hosts, and who would gain or lose reachability')
  withWait(command).action(async (options: WaitFlags & { readonly file: readonly string[]; readonly plan?: boolean }) => {
    if (options.plan !== true) done(await apply(client(), options.file, waitOptions(options), io))
    else done(await plan(client(), options.file, { output: 'table', tellByExit: false }, io))
  })
}

function addDiff(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('diff')
    .description('what applying files would change on the hosts, and for whom; exit 1 where something would')
    .requiredOption('-f, --file <path>', 'YAML or JSON file, directory, or - for standard input; repeats', append)
    .option('--delete', 'what deleting would change, instead')
  type Options = { readonly file: readonly string[]; readonly output: Output; readonly delete?: boolean }
  withOutput(command).action(async ({ file, ...options }: Options) => {
    done(await plan(client(), file, { ...options, tellByExit: true }, io))
  })
}

function addEvents(program: Command, client: () => Client, io: Io, done: Done): void {
  program
    .command('events')
    .description('what happened on the hosts: connections that rules with log decided')
    .option('-t, --tenant <name>', 'only those of this tenant')
    .option('--host <name>', 'only those of this host')
    .option('-w, --watch', 'go on with what comes')
    .action(async (options: EventOptions) => {
      done(await events(client(), options, io))
    })
}

function addCounters(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('counters')
    .description('packets and bytes that the rules of a policy took, on all hosts together')
    .argument('<kind>', 'networkpolicy or adminpolicy')
    .argument('<name>', 'NAME, or TENANT/NAME')
  withOutput(withScope(command)).action(async (kind: string, name: string, options: Scope & { readonly output: Output }) => {
    const known = kindOf(kind)
    done(await counters(client(), known, refOf(known, name, options), options.output, io))
  })
}

function addGet(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('get')
    .description('show resources')
    .argument('<kind>', 'tenants, networks, hosts, pods, networkpolicies, adminpolicies or peerings')
    .argument('[name...]', 'NAME, or TENANT/NETWORK/NAME')
    .option('--host <name>', 'only pods on this host')
    .option('-l, --label <key=value>', 'only pods with this label; repeats', append)
  withOutput(withScope(command)).action(async (kind: string, names: readonly string[], options: GetOptions) => {
    done(await get(client(), kindOf(kind), names, options, io))
  })
}

function addDelete(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('delete')
    .description('delete resources')
    .argument('[kind]', 'tenants, networks, hosts, pods, networkpolicies, adminpolicies or peerings')
    .argument('[name...]', 'NAME, or TENANT/NETWORK/NAME')
    .option('-f, --file <path>', 'what files describe, instead of KIND and NAME; repeats', append)
  type Options = WaitFlags & Scope & { readonly file?: readonly string[] }
  withWait(withScope(command)).action(async (kind: string | undefined, names: readonly string[], options: Options) => {
    if (options.file !== undefined) {
      if (kind !== undefined) throw new UsageError('delete takes either KIND and NAME or --file')
      done(await deleteFiles(client(), options.file, waitOptions(options), io))
      return
    }
    if (kind === undefined || names.length === 0) throw new UsageError('delete needs KIND and NAME, or --file')
    const known = kindOf(kind)
    const refs = names.map((name) => refOf(known, name, options))
    done(await deleteNamed(client(), known, refs, waitOptions(options), io))
  })
}

function addTrace(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('trace')
    .description('follow a packet and its answer through every table of every host')
    .argument('<from>', 'the pod that sends: TENANT/NETWORK/NAME')
    .argument('<to>', 'a pod, or an address')
    .option('--live', 'also send a real packet, marked, and tell where it is seen; the pod does not get it')
    .option('--timeout <duration>', 'how long to look for it, at most 30s (3s)', checkDuration)
  type Options = ExplainOptions & TraceFlags
  withOutput(withService(command)).action(async (from: string, to: string, options: Options) => {
    done(await trace(client(), from, to, options, io))
  })
}

function addReach(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program
    .command('reach')
    .description('who of a tenant reaches whom with a service')
    .option('-t, --tenant <name>', 'tenant')
  withOutput(withService(command)).action(async (options: ExplainOptions & { readonly tenant?: string }) => {
    done(await reach(client(), options, io))
  })
}

function addVerify(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program.command('verify').description('whether tenants are apart and all pods are found, on all hosts')
  withOutput(command).action(async ({ output }: { readonly output: Output }) => {
    done(await verify(client(), output, io))
  })
}

function addStatus(program: Command, client: () => Client, io: Io, done: Done): void {
  const command = program.command('status').description('how the controller, its hosts and pods are')
  withOutput(command).action(async ({ output }: { readonly output: Output }) => {
    done(await status(client(), output, io))
  })
}

function addTop(program: Command, client: () => Client, io: Io, done: Done): void {
  program
    .command('top')
    .description('what pods send and receive, the busiest first; ends with Ctrl-C')
    .addOption(new Option('--sort <column>', 'by what').choices(TOP_COLUMNS).default('total'))
    .option('--lines <number>', 'pods that are shown', checkCount, 20)
    .option('--once', 'one table, for scripts')
    .option('-t, --tenant <name>', 'only pods of this tenant')
    .action(async (options: TopOptions) => {
      done(await top(client(), options, io))
    })
}

function checkCount(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1 up.')
  return Number(text)
}

function addVersion(program: Command, client: () => Client, io: Io): void {
  program
    .command('version')
    .description("the versions of this program and, when it can be reached, of the controller")
    .action(async () => {
      io.out(`heddle ${VERSION}\n`)
      try {
        const { body } = await client().request<{ readonly version: string }>('GET', '/v1/status')
        io.out(`controller ${body.version}\n`)
      } catch (error) {
        if (!(error instanceof CliError)) throw error
        io.err(`controller: ${error.message}\n`)
      }
    })
}

function withScope(command: Command): Command {
  return command.option('-t, --tenant <name>', 'tenant').option('-n, --network <name>', 'network')
}

function withService(command: Command): Command {
  return command
    .option('--tcp <port>', 'destination port')
    .option('--udp <port>', 'destination port')
    .option('--sctp <port>', 'destination port')
    .option('--icmp [type/code]', 'ICMP or ICMPv6; without a type, a ping')
    .option('-6, --ipv6', 'IPv6')
}

function withOutput(command: Command): Command {
  return command.addOption(new Option('-o, --output <format>', 'how to show it').choices(OUTPUTS).default('table'))
}

interface WaitFlags {
  readonly wait?: boolean
  readonly timeout: string
}

function withWait(command: Command): Command {
  return command
    .option('--wait', 'until the connected hosts have it')
    .option('--timeout <duration>', 'how long to wait, at most 5m', checkDuration, '10s')
}

function checkDuration(text: string): string {
  if (parseDuration(text) === undefined) throw new InvalidArgumentError('It must be a duration like 500ms, 10s or 2m.')
  return text
}

function waitOptions({ wait, timeout }: WaitFlags): WaitOptions {
  return { ...(wait !== undefined && { wait }), timeout, timeoutMs: parseDuration(timeout) ?? 0 }
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
