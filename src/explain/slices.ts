import { setImmediate } from 'node:timers/promises'

/** Work in steps that return nothing and an end that returns the result. */
export type Work<T> = Generator<void, T>

/** All at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

const SLICE_MS = 10

/**
 * A slice at a time, so that others are served in between. Rejects with the signal's reason. What the work reads may
 * change meanwhile, unless it is frozen.
 */
export async function inSlices<T>(work: Work<T>, signal?: AbortSignal): Promise<T> {
  for (let end = performance.now() + SLICE_MS; ; ) {
    const { done, value } = work.next()
    if (done === true) return value
    if (performance.now() < end) continue
    await setImmediate()
    signal?.throwIfAborted()
    end = performance.now() + SLICE_MS
  }
}
