import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runDirectory } from '../cli/dirs.js'
import { FatalError, SystemError, systemCode } from '../cli/errors.js'
import type { Options } from './options.js'
import { Vconn } from './vconn.js'

/** Which of a bridge's sockets: the one for management, or the one where its controllers' messages can be seen. */
export type Suffix = 'mgmt' | 'snoop'

type FileKind = 'socket' | 'other' | 'none'

async function kindOf(path: string): Promise<FileKind> {
  try {
    return (await stat(path)).isSocket() ? 'socket' : 'other'
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return 'none'
    throw error
  }
}

async function connectSocket(path: string, name: string, options: Options): Promise<Vconn> {
  try {
    return await Vconn.open(`unix:${path}`, options.versions)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    const what = error.atOpen ? `${path}: failed to open` : `${name}: failed to connect to`
    throw new FatalError(`${what} socket (${error.message})`)
  }
}

async function connectTarget(name: string, options: Options): Promise<Vconn> {
  try {
    return await Vconn.open(name, options.versions, name.startsWith('ssl:') ? options.tls.settings() : undefined)
  } catch (error) {
    options.tls.explain(error)
    if (error instanceof SystemError) throw new FatalError(`connecting to ${name} (${error.message})`)
    throw error
  }
}

/** A datapath's name without its type: `system@br0`. */
const withoutType = (name: string): string => name.slice(name.lastIndexOf('@') + 1)

/**
 * Connects to `tcp:HOST[:PORT]`, `ssl:HOST[:PORT]`, `unix:PATH`, the path of a socket, or a bridge of this host by its
 * name. @throws FatalError
 */
export async function openTarget(name: string, options: Options, suffix: Suffix = 'mgmt'): Promise<Vconn> {
  if (name.includes(':')) return connectTarget(name, options)
  const paths = [name, join(runDirectory(), `${name}.${suffix}`), join(runDirectory(), `${withoutType(name)}.${suffix}`)]
  for (const path of paths) {
    const kind = await kindOf(path)
    if (kind === 'socket') return connectSocket(path, name, options)
    if (kind === 'other' && path === paths.at(-1)) {
      throw new FatalError(`cannot connect to ${name}: ${path} is not a socket`)
    }
  }
  throw new FatalError(`${name} is not a bridge or a socket`)
}
