import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { must } from '../lab/run.js'
import { KernelError } from './errors.js'

/** A Linux kernel that is an ordinary program, and its modules, among them openvswitch. */
const DEBIAN_PACKAGE = 'user-mode-linux'

/** A download may take long on a slow line, and ends by itself when the line is dead. */
const DOWNLOAD_TIMEOUT = 600_000

/**
 * The folder of the unpacked package, which is fetched when it is not there yet. Nothing is installed: a kernel for
 * guests is no matter of the machine's own package list.
 */
export async function kernelFolder(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'heddle')
  const folder = join(cache, DEBIAN_PACKAGE)
  if (!existsSync(folder)) await unpackInto(cache, folder)
  return folder
}

export function kernelProgram(folder: string): string {
  return join(folder, 'usr/bin/linux.uml')
}

/** Makes the folder appear in one step, so that it is whole when it is there, whoever else fetches it at the same time. */
async function unpackInto(cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  const scratch = mkdtempSync(join(cache, 'new-'))
  try {
    const unpacked = join(scratch, 'unpacked')
    await must(['dpkg', '-x', await download(scratch), unpacked])
    // modprobe -d DIR looks in DIR/lib/modules.
    mkdirSync(join(unpacked, 'lib'), { recursive: true })
    symlinkSync('../usr/lib/uml/modules', join(unpacked, 'lib/modules'))
    if (!existsSync(kernelProgram(unpacked))) {
      throw new KernelError('KERNEL_NO_PACKAGE', `the Debian package ${DEBIAN_PACKAGE} holds no usr/bin/linux.uml`)
    }
    renameUnlessThere(unpacked, folder)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Downloads the package into the folder; returns its file. Asks again with fresh package lists when that fails. */
async function download(folder: string): Promise<string> {
  process.stderr.write(`kernel: downloading the Debian package ${DEBIAN_PACKAGE}\n`)
  try {
    await aptDownload(folder)
  } catch {
    try {
      await must(['apt-get', '-qq', 'update'], { timeout: DOWNLOAD_TIMEOUT })
      await aptDownload(folder)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new KernelError('KERNEL_NO_PACKAGE', `no kernel for the guest: ${reason}`, { cause })
    }
  }
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'))
  if (file === undefined) throw new KernelError('KERNEL_NO_PACKAGE', `apt-get download left no file in ${folder}`)
  return join(folder, file)
}

async function aptDownload(folder: string): Promise<void> {
  // As root, apt-get would change to a user who may not write here.
  const argv = ['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3', 'download', DEBIAN_PACKAGE]
  await must(['sh', '-c', 'cd "$0" && exec "$@"', folder, ...argv], { timeout: DOWNLOAD_TIMEOUT })
}

function renameUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    // Another process was faster, with the same package.
    if (!existsSync(to)) throw error
  }
}
