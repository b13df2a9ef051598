/** One command line of heddle-ofctl and of the real ovs-ofctl. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { CapturedIo } from '../../tools/heddle-ofctl/io.js'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

function real(args: readonly string[], input = ''): Outcome {
  const { stdout, stderr, status } = spawnSync('ovs-ofctl', ['-vconsole:off', ...args], { encoding: 'utf8', input })
  return { stdout, stderr, code: status }
}

async function own(args: readonly string[], input = ''): Promise<Outcome> {
  const io = new CapturedIo(input)
  const code = await runOfctl(args, io)
  return { stdout: io.stdout, stderr: io.stderr.replaceAll('heddle-ofctl:', 'ovs-ofctl:'), code }
}

/** Both say the same, with the same standard input. */
export async function alikeWith(input: string, ...args: string[]): Promise<Outcome> {
  const outcome = await own(args, input)
  assert.deepEqual(outcome, real(args, input), args.join(' '))
  return outcome
}

/** Both say the same. */
export const alike = (...args: string[]): Promise<Outcome> => alikeWith('', ...args)
