/** The run cannot go on; the message says why. `usage`: the command line was wrong. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
  readonly code: 'BENCH_FAILED' | 'BENCH_USAGE'

  constructor(message: string, code: 'BENCH_FAILED' | 'BENCH_USAGE' = 'BENCH_FAILED', options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export function usage(message: string): BenchError {
  return new BenchError(message, 'BENCH_USAGE')
}
