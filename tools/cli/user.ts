/** `--user`: a program that root starts goes on as somebody else. */
import { isDaemon, pidfilePath } from './daemon.js'
import { FatalError } from './errors.js'
import type { DaemonOptions } from './options.js'

/** An entry of passwd(5) or group(5), as the system's name service has it; undefined where there is none. */
function entryOf(database: 'passwd' | 'group', name: string): readonly string[] | undefined {
  try {
    const { execFileSync } = process.getBuiltinModule('node:child_process')
    const line = execFileSync('getent', ['--', database, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const fields = line.trimEnd().split(':')
    // It also looks numbers up, which are no names.
    return fields[0] === name ? fields : undefined
  } catch {
    return undefined
  }
}

const root = (): readonly string[] => entryOf('passwd', 'root') ?? ['root', 'x', '0', '0']

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The user that the options name, if they do. `program` names its pidfile. @throws FatalError */
export function findUser(program: string, options: Readonly<DaemonOptions>): User | undefined {
  // The process that stays in the background was started by one that is that user.
  if (options.user === undefined || isDaemon()) return undefined
  const fail = (what: string): never => {
    throw new FatalError(`${pidfilePath(program, options) ?? '(null)'}: ${what}`)
  }
  if (process.getuid?.() !== 0 || process.geteuid?.() !== 0) fail('only root can use --user option')
  const [userName = '', groupName = ''] = options.user.split(/:(.*)/s).map((part) => part.trimStart())
  const user = (userName === '' ? root() : entryOf('passwd', userName)) ?? fail(`user ${userName} not found, aborting.`)
  const [name = '', , uid = '', primary = ''] = user
  const group = groupName === '' ? undefined : (entryOf('group', groupName) ?? fail(`group ${groupName} not found, aborting.`))
  const [, , gid = primary, members = ''] = group ?? []
  if (gid !== primary && !members.split(',').includes(name)) {
    const why = `user ${name} is not in group ${groupName}`
    fail(`Invalid --user option ${options.user} (${why}), aborting.`)
  }
  return { name, uid: Number(uid), gid: Number(gid) }
}

/** What Node has and its types do not know. */
type Process = typeof process & { initgroups?: (user: string, extraGroup: number) => void }

/** This process goes on as a user and with the user's groups. */
export function becomeUser(user: User | undefined): void {
  if (user === undefined) return
  ;(process as Process).initgroups?.(user.name, user.gid)
  process.setgid?.(user.gid)
  process.setuid?.(user.uid)
}
