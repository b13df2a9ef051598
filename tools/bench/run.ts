import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { BenchError } from './errors.js'

/** Runs a program to its end; what it prints. Throws with what it said on standard error. */
export function run(argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [program, ...args] = argv
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 30, timeout: 120_000 }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new BenchError(`${basename(program)} ${args.slice(0, 3).join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}
