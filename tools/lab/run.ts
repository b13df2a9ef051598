import { spawn } from 'node:child_process'
import { LabError } from './errors.js'

export interface RunOptions {
  /** Text for the program's standard input; without it, the input is empty. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds after which the program is killed and LAB_TIMEOUT thrown; default 60 s. */
  readonly timeout?: number
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  /** Exit code; -1 for a program that a signal ended. */
  readonly code: number
}

/** Output kept of one program; what is beyond is cut, so that a chatty one cannot fill the memory. */
const maxOutput = 16 * 1024 * 1024

/** Our environment, with the folders of ip, ethtool and the daemons in PATH even where root's shell lacks them. */
export function environment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '')
  const missing = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].filter((folder) => !path.includes(folder))
  return { ...process.env, PATH: [...path, ...missing].join(':') }
}

/** Runs a program to its end. Throws LAB_COMMAND_FAILED when it cannot be started, LAB_TIMEOUT when it takes too long. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv
  if (program === undefined) throw new LabError('LAB_OPTION_INVALID', 'no program to run')
  const child = spawn(program, args, { env: { ...environment(), LC_ALL: 'C', ...options.env }, stdio: 'pipe' })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const timeout = options.timeout ?? 60_000
  let timer: NodeJS.Timeout | undefined
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new LabError('LAB_COMMAND_FAILED', `cannot run ${program}: ${cause.message}`, { cause }))
      })
      child.once('close', (status) => { resolve(status ?? -1) })
      timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new LabError('LAB_TIMEOUT', `${argv.join(' ')} took more than ${timeout} ms`))
      }, timeout)
      // A program may end without reading all its input; its exit code tells more than EPIPE.
      child.stdin.on('error', () => undefined)
      child.stdin.end(options.input ?? '')
    })
    return { stdout: stdout(), stderr: stderr(), code }
  } finally {
    clearTimeout(timer)
  }
}

/** Runs a program that must succeed and returns its standard output; else LAB_COMMAND_FAILED with what it said. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await run(argv, options)
  if (code === 0) return stdout
  const said = (stderr.trim() || stdout.trim()).slice(0, 4000)
  throw new LabError('LAB_COMMAND_FAILED', `${argv.join(' ')} failed (exit code ${code}): ${said}`)
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    if (length < maxOutput) chunks.push(chunk)
    length += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

/** Runs `task` over all items, at most `limit` at a time; the first error wins, after all running ones have ended. */
export async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  let failed = false
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return
      try {
        await task(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: limit }, worker))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
