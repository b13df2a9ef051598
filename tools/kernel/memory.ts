import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { KernelError } from './errors.js'

/**
 * Where the guest's memory can be: it is a file that the guest maps and executes, so its filesystem must let it, and
 * must have room. Memory (/dev/shm) is fastest; containers often have little of it, or mount it noexec.
 */
export function memoryFolder(megabytes: number): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
  const refusals: string[] = []
  for (const folder of ['/dev/shm', tmpdir()]) {
    const refusal = refuse(folder, megabytes, mounts)
    if (refusal === undefined) return folder
    refusals.push(`${folder} ${refusal}`)
  }
  throw new KernelError('KERNEL_NO_MEMORY', `no place for ${megabytes} MB of memory for the guest: ${refusals.join('; ')}`)
}

function refuse(folder: string, megabytes: number, mounts: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    return 'is not writable'
  }
  if (isNoexec(folder, mounts)) return 'is mounted noexec'
  const { bavail, bsize } = statfsSync(folder)
  const free = Math.floor((bavail * bsize) / 2 ** 20)
  return free < megabytes ? `has ${free} MB free` : undefined
}

/** Whether the filesystem that holds the folder is mounted noexec, by the text of /proc/self/mounts. */
export function isNoexec(folder: string, mounts: string): boolean {
  let longest = ''
  let noexec = false
  for (const line of mounts.split('\n')) {
    const [, point, , options] = line.split(' ')
    if (point === undefined || options === undefined || !isWithin(folder, point)) continue
    // Of two mounts on one point, the later one is what is seen.
    if (point.length < longest.length) continue
    longest = point
    noexec = options.split(',').includes('noexec')
  }
  return noexec
}

function isWithin(folder: string, point: string): boolean {
  return point === '/' || folder === point || folder.startsWith(`${point}/`)
}
