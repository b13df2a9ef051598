#!/usr/bin/env node
import { join, sep } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { type GuestEnd, LAB_MODULES, runInGuest } from './guest.js'

/** An ovs-vswitchd 3.1 counts the CPUs anew only 10 s after the boot; one started before sees none and forwards nothing. */
const OVS_NOT_BEFORE = 10.5

const EXIT = { usage: 2, timedOut: 124, noGuest: 125 } as const

interface Flags {
  readonly timeout: number
  readonly memory: number
  readonly write: readonly string[]
  readonly module: readonly string[]
  readonly wait: boolean
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('not a positive whole number.')
  return Number(text)
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

function program(act: (argv: string[], flags: Flags) => Promise<void>): Command {
  return new Command('kernel')
    .description(
      'Run a command in a guest whose kernel has openvswitch, HTB, VXLAN and GRE (user-mode Linux; no KVM, nothing is ' +
        'installed). The guest sees the files of this machine under the same paths; what it writes is lost.',
    )
    .argument('<command...>', 'the command and its arguments')
    .option('--timeout <seconds>', 'end the guest after this time; the exit status is then 124', positive, 300)
    .option('--memory <megabytes>', 'of the guest', positive, 1024)
    .option('--write <folder>', 'let the guest write to this folder of the machine; may be repeated', collect, [])
    .option('--module <name>', 'load this kernel module as well; may be repeated', collect, [])
    .option('--no-wait', 'start at once: an ovs-vswitchd that starts within 10 s of the boot forwards nothing')
    .addHelpText('after', '\nThe exit status is the command\'s; 124 after a time-out, 125 when there was no guest.')
    .passThroughOptions()
    .exitOverride()
    .action(act)
}

async function run(argv: readonly string[], flags: Flags): Promise<number> {
  const interrupted = new AbortController()
  let received: NodeJS.Signals | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      received = signal
      interrupted.abort()
    })
  }
  const end = await runInGuest({
    argv,
    init: initScript(),
    timeout: flags.timeout,
    memoryMegabytes: flags.memory,
    writable: flags.write,
    modules: [...LAB_MODULES, ...flags.module],
    notBefore: flags.wait ? OVS_NOT_BEFORE : 0,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupted.signal,
  })
  return statusOf(end, received, flags.timeout)
}

function statusOf(end: GuestEnd, received: NodeJS.Signals | undefined, timeout: number): number {
  switch (end.how) {
    case 'exited':
      return end.status
    case 'timed-out':
      process.stderr.write(`kernel: ended after ${timeout} s\n`)
      return EXIT.timedOut
    case 'aborted':
      return received === 'SIGINT' ? 130 : received === 'SIGHUP' ? 129 : 143
  }
}

/** The script stands beside the sources; we may run from them or from dist. */
function initScript(): string {
  const built = import.meta.dirname.includes(`${sep}dist${sep}`)
  return join(import.meta.dirname, built ? '../../../tools/kernel' : '.', 'init.sh')
}

try {
  await program(async (argv, flags) => {
    process.exitCode = await run(argv, flags)
  }).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage
  } else {
    process.stderr.write(`kernel: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = EXIT.noGuest
  }
}
