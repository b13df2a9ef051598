import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { LabError } from './errors.js'
import { type Datapath, Lab, type LabOptions } from './lab.js'
import { labStatus, printStatus } from './status.js'

/** The lab that a command without a name means: the only one there is. */
function onlyLab(): string {
  const names = Lab.list()
  const [name] = names
  if (name === undefined) throw new LabError('LAB_UNKNOWN', 'there is no lab; make one with "lab up"')
  if (names.length > 1) throw new LabError('LAB_UNKNOWN', `name one of the labs: ${names.join(', ')}`)
  return name
}

function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a whole number.')
  return Number(text)
}

interface UpFlags {
  readonly name: string
  readonly hosts: number
  readonly datapath: Datapath
  readonly mtu: number
  readonly underlay: '4' | '6'
  readonly manager?: readonly string[]
  readonly json?: boolean
}

async function up(flags: UpFlags): Promise<void> {
  const options: LabOptions = {
    name: flags.name,
    hosts: flags.hosts,
    datapath: flags.datapath,
    underlayMtu: flags.mtu,
    underlay: flags.underlay === '6' ? 6 : 4,
    managers: flags.manager ?? [],
    detached: true,
  }
  const lab = await Lab.up(options)
  print(flags.json ? JSON.stringify(labStatus(lab), null, 2) : printStatus(labStatus(lab)))
}

async function down(name: string | undefined, flags: { readonly all?: boolean; readonly allStale?: boolean }) {
  if (flags.allStale) {
    for (const removed of await Lab.downStale()) print(`${removed}: removed`)
    return
  }
  const names = flags.all ? Lab.list() : [name ?? onlyLab()]
  for (const each of names) {
    await (await Lab.load(each)).down()
    print(`${each}: removed`)
  }
}

async function status(name: string | undefined, flags: { readonly json?: boolean }): Promise<void> {
  const names = name === undefined ? Lab.list() : [name]
  const labs = await Promise.all(names.map(async (each) => labStatus(await Lab.load(each))))
  if (flags.json) print(JSON.stringify(labs, null, 2))
  else print(labs.length > 0 ? labs.map(printStatus).join('\n\n') : 'no lab')
}

/** Runs the command with our own terminal; the exit code is the command's. */
async function exec(where: string, argv: readonly string[], flags: { readonly name?: string }): Promise<number> {
  const lab = await Lab.load(flags.name ?? onlyLab())
  // What follows the host's name is passed through as it is, also the "--" in front.
  const child = lab.startProcess(where, argv[0] === '--' ? argv.slice(1) : argv, { stdio: 'inherit' })
  // An interrupt at the terminal is the command's to act on; we wait for how it ends.
  const ignore = (): void => undefined
  process.on('SIGINT', ignore)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => { resolve(code ?? 1) })
    })
  } finally {
    process.off('SIGINT', ignore)
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function program(): Command {
  const lab = new Command('lab').description('Real Open vSwitch hosts in network namespaces. Needs root.')
  lab.exitOverride().enablePositionalOptions()
  lab
    .command('up')
    .description('make a lab, which stays until "lab down"')
    .option('--name <name>', 'name of the lab', 'lab')
    .option('--hosts <number>', 'number of hosts', integer, 2)
    .addOption(
      new Option('--datapath <type>', 'system is the kernel\'s, netdev ovs-vswitchd\'s own')
        .choices(['system', 'netdev'])
        .default('netdev'),
    )
    .option('--mtu <bytes>', 'MTU of the underlay', integer, 1500)
    .addOption(new Option('--underlay <family>', 'IP version between the hosts').choices(['4', '6']).default('4'))
    .option('--manager <target...>', 'OVSDB managers of every host; in "tcp:controller:6640" the lab puts its address')
    .option('--json', 'print the lab as JSON')
    .action(up)
  lab
    .command('down [name]')
    .description('remove a lab with everything that runs in it')
    .option('--all', 'remove every lab')
    .option('--all-stale', 'remove every lab whose process has ended')
    .action(down)
  lab.command('status [name]').description('show the labs').option('--json', 'as JSON').action(status)
  lab
    .command('exec <where> <command...>')
    .description('run a command in a host or pod: lab exec h1 -- ovs-vsctl show')
    .option('--name <name>', 'name of the lab; default: the only one')
    .passThroughOptions()
    .action(async (where: string, argv: string[], flags: { readonly name?: string }) => {
      process.exitCode = await exec(where, argv, flags)
    })
  return lab
}

try {
  await program().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode
  } else {
    process.stderr.write(`lab: ${error instanceof LabError ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
