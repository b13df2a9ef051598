import { benchCodec } from './codec.js'
import { compare } from './compare.js'
import { BenchError } from './errors.js'
import { benchOfctl } from './ofctl.js'
import { benchOvsdb } from './ovsdb.js'
import { PODS_HELP } from './options.js'
import { benchPods } from './pods.js'
import { benchPolicy } from './policy.js'
import { benchStore } from './store.js'

interface Subcommand {
  readonly run: (args: readonly string[]) => Promise<void>
  readonly doc: string
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  pods: { run: benchPods, doc: `[OPTIONS]  pods on real Open vSwitch with simulated ports; root is not needed\n${PODS_HELP}` },
  compare: { run: compare, doc: "FILE...  a Markdown table of results of `pods`, and of the OVN benchmark's, with ratios" },
  codec: { run: benchCodec, doc: '[FLOWS]  flow-mods encoded and decoded a second, in this process' },
  ofctl: { run: benchOfctl, doc: '[FLOWS]  heddle-ofctl beside ovs-ofctl: whole processes, best of three' },
  ovsdb: { run: benchOvsdb, doc: "[ROWS]  ovsdb-client on a real ovsdb-server, beside Python's replica (python3-openvswitch)" },
  policy: { run: benchPolicy, doc: '[P S D]  flows of P policies with S senders and D receivers each, beside their product' },
  store: { run: benchStore, doc: "[DIRECTORY]  the store on that directory's file system" },
}

function help(): string {
  const lines = Object.entries(SUBCOMMANDS).map(([name, { doc }]) => `${name} ${doc}`)
  return ['usage: npm run bench -- SUBCOMMAND ...', 'Results are `key: value` lines on standard output.', '', ...lines, ''].join('\n')
}

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === 'help') {
    process.stdout.write(help())
    return 0
  }
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
  if (subcommand === undefined) {
    process.stderr.write(`bench: ${name === '' ? 'which subcommand?' : `there is no subcommand "${name}"`}\n${help()}`)
    return 2
  }
  try {
    await subcommand.run(args)
    return 0
  } catch (error) {
    if (!(error instanceof BenchError)) throw error
    process.stderr.write(`bench: ${error.message}\n`)
    return error.code === 'BENCH_USAGE' ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
