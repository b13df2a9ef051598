import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isOwnerAlive, ownerOf } from '../lab/processes.js'
import type { Owner } from '../lab/state.js'
import { KernelError } from './errors.js'

/**
 * The folder through which we and a guest speak, which both see under the same path. We write what the guest is to do;
 * it writes `stdout`, `stderr` and, at the end, `status` and `dmesg`; `console` is what its kernel says.
 */
export interface Job {
  readonly folder: string
  path(file: 'init' | 'console' | 'stdout' | 'stderr' | 'status' | 'dmesg'): string
  remove(): void
}

export interface JobSpec {
  readonly argv: readonly string[]
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  /** Folders of ours that the guest may write to. */
  readonly writable: readonly string[]
  /** Modules loaded before the command starts, besides those that the kernel asks for by itself. */
  readonly modules: readonly string[]
  /** Seconds after the guest's boot before which the command does not start. */
  readonly notBefore: number
  /** Of the unpacked kernel package. */
  readonly kernel: string
}

const PREFIX = 'heddle-kernel-'

export function makeJob(spec: JobSpec, init: string): Job {
  const writable = spec.writable.map((folder) => mountable(realpathSync(folder)))
  const folder = mountable(mkdtempSync(join(realpathSync(tmpdir()), PREFIX)))
  const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join('')
  writeFileSync(join(folder, 'owner'), JSON.stringify(ownerOf(process.pid)))
  writeFileSync(join(folder, 'command'), commandScript(spec), { mode: 0o600 })
  writeFileSync(join(folder, 'writable'), lines(writable))
  writeFileSync(join(folder, 'modules'), lines(spec.modules))
  writeFileSync(join(folder, 'not-before'), lines([String(spec.notBefore)]))
  writeFileSync(join(folder, 'kernel'), lines([spec.kernel]))
  for (const output of ['stdout', 'stderr']) writeFileSync(join(folder, output), '')
  copyFileSync(init, join(folder, 'init'))
  chmodSync(join(folder, 'init'), 0o755)
  return {
    folder,
    path: (file) => join(folder, file),
    remove: () => { rmSync(folder, { recursive: true, force: true }) },
  }
}

/** Removes the folders whose process was killed before it could. */
export function removeStaleJobs(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const owner = join(tmpdir(), name, 'owner')
    if (existsSync(owner) && !isOwnerAlive(JSON.parse(readFileSync(owner, 'utf8')) as Owner)) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    }
  }
}

/** Shell script that becomes the command, with our environment and folder. */
export function commandScript(spec: Pick<JobSpec, 'argv' | 'directory' | 'environment'>): string {
  const exported = Object.entries(spec.environment).flatMap(([name, value]) =>
    // A shell can name no others; `_` and its like are its own.
    value !== undefined && /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !SHELL_OWN.has(name) ? [`export ${name}=${quote(value)}`] : [],
  )
  return [...exported, `cd ${quote(spec.directory)} || exit 125`, `exec ${spec.argv.map(quote).join(' ')}`, ''].join('\n')
}

const SHELL_OWN = new Set(['SHELLOPTS', 'BASHOPTS', 'EUID', 'UID', 'PPID', 'SHLVL', 'PWD', 'OLDPWD'])

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Paths go into mount options and onto the kernel's command line, where these characters end them. */
function mountable(path: string): string {
  if (/[\s,"]/.test(path)) {
    throw new KernelError('KERNEL_OPTION_INVALID', `folder "${path}": a guest cannot mount paths with blanks, commas or quotes`)
  }
  return path
}
