import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { HeddleError } from '../model/errors.js'

/**
 * A lock of one process on a file, by flock(2): the kernel lets it go when the process ends, however it ends.
 *
 * Node has no flock. The lock belongs to the open file, not to a process, so that flock(1) given our descriptor
 * takes it for us, and it stays when flock(1) has ended.
 */
export class FileLock {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Creates the file when there is none. Throws HeddleError UNAVAILABLE when another process, or this one, has it. */
  static take(path: string): FileLock {
    let fd: number
    try {
      // 'a+' creates and does not truncate: the pid in there is for who is refused.
      fd = openSync(path, 'a+', 0o600)
    } catch (error) {
      throw new HeddleError('UNAVAILABLE', `${path}: ${message(error)}`)
    }
    try {
      lock(fd, path)
      ftruncateSync(fd)
      writeSync(fd, `${process.pid}\n`)
      return new FileLock(fd)
    } catch (error) {
      closeSync(fd)
      throw error instanceof HeddleError ? error : new HeddleError('UNAVAILABLE', `${path}: ${message(error)}`)
    }
  }

  release(): void {
    closeSync(this.#fd)
  }
}

function lock(fd: number, path: string): void {
  // -x exclusive, -n fail instead of waiting; 3 is where the child has `fd`.
  const { status, error, stderr } = spawnSync('flock', ['-x', '-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    encoding: 'utf8',
    timeout: 10_000,
  })
  if (error !== undefined) {
    const why = 'code' in error && error.code === 'ENOENT' ? 'the program flock (util-linux) is missing' : error.message
    throw new HeddleError('UNAVAILABLE', `${path}: cannot be locked: ${why}`)
  }
  if (status === 0) return
  if (status !== 1) throw new HeddleError('UNAVAILABLE', `${path}: cannot be locked: ${stderr.trim()}`)
  const holder = fstatSync(fd).size === 0 ? '' : ` ${readFileSync(path, 'utf8').trim()}`
  throw new HeddleError('UNAVAILABLE', `${path}: in use by process${holder}`)
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
