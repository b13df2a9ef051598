#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { down, up } from './demo.js'
import type { Tunnel } from './example.js'

const HELP = `Usage: npm run demo [-- OPTIONS]        bring up controller and lab, measure who reaches whom
       npm run demo -- down             end both; nothing stays behind

Options:
  --hosts N          Open vSwitch hosts in the lab, 2 to 20 (default 2)
  --tunnel TYPE      vxlan, gre, or both one after the other (default vxlan)
  --api-port PORT    of the controller's REST API (default 7420)
  --help
`

function readOptions(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      hosts: { type: 'string', default: '2' },
      tunnel: { type: 'string', default: 'vxlan' },
      'api-port': { type: 'string', default: '7420' },
      help: { type: 'boolean', default: false },
    },
  })
  const command = positionals[0] ?? 'up'
  if (positionals.length > 1 || (command !== 'up' && command !== 'down')) {
    throw new UsageError(`"${positionals.join(' ')}" is not a command; there is only "down"`)
  }
  return {
    command,
    help: values.help,
    hosts: wholeNumber('--hosts', values.hosts, 2, 20),
    apiPort: wholeNumber('--api-port', values['api-port'], 1, 65535),
    tunnels: tunnelsOf(values.tunnel),
  }
}

class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'DEMO_USAGE'
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new UsageError(`${option} must be a whole number from ${min} to ${max}, not "${text}"`)
  }
  return value
}

function tunnelsOf(text: string): Tunnel[] {
  if (text === 'both') return ['vxlan', 'gre']
  if (text === 'vxlan' || text === 'gre') return [text]
  throw new UsageError(`--tunnel must be vxlan, gre or both, not "${text}"`)
}

async function main(): Promise<number> {
  let options
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (options.command === 'down') {
    await down()
    return 0
  }
  return (await up(options)) ? 0 : 1
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  },
)
