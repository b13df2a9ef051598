/** A real ovsdb-server in a sandbox, with a database of some schema in it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session} from 'ovsdb-client';
import { parseJson, type Json, type JsonObject } from 'ovsdb-client'
import { Sandbox, SandboxError } from './sandbox.js'

async function must(sandbox: Sandbox, program: string, args: readonly string[], daemon = false): Promise<void> {
  const { code, stderr } = await sandbox.run(program, args, { daemon })
  if (code !== 0) throw new SandboxError(`${program} ${args.join(' ')}: ${stderr}`)
}

/** Calls `use` with the target of a server of a database; afterwards it is gone. */
export function withDatabase<T>(schema: Json, use: (target: string) => Promise<T>): Promise<T> {
  return Sandbox.with(async (sandbox) => {
    const file = join(sandbox.directory, 'schema')
    await writeFile(file, JSON.stringify(schema))
    await must(sandbox, 'ovsdb-tool', ['create', 'db', file])
    const remote = `--remote=punix:${join(sandbox.directory, 'socket')}`
    const detached = ['--detach', '--no-chdir', '--pidfile', '--log-file', '-vconsole:off']
    await must(sandbox, 'ovsdb-server', [...detached, remote, 'db'], true)
    return await use(`unix:${join(sandbox.directory, 'socket')}`)
  })
}

/** The result of a transaction given as the parameters of `transact` in JSON. */
export async function transactText(session: Session, text: string): Promise<JsonObject> {
  const params = parseJson(text)
  return { error: null, result: await session.request('transact', params as readonly Json[]) }
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Lines in order, their UUIDs numbered in order of appearance; how UUIDs happened to be drawn has no part in it. */
export function sortNumbered(lines: readonly string[]): string {
  const numbers = new Map<string, number>()
  const masked = (line: string): string => line.replaceAll(UUID, '<>')
  const rank = (line: string): string =>
    (line.match(UUID) ?? []).map((uuid) => String(numbers.get(uuid) ?? Infinity).padStart(8)).join()
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  let rest = lines.slice().sort((a, b) => compare(masked(a), masked(b)))
  let text = ''
  while (rest.length > 0) {
    const same = masked(rest[0] ?? '')
    const tied = rest.filter((line) => masked(line) === same).sort((a, b) => compare(rank(a), rank(b)))
    rest = rest.slice(tied.length)
    text += tied.map((line) => `${numberUuids(line, numbers)}\n`).join('')
  }
  return text
}

/** UUIDs numbered in order of appearance. */
export function numberUuids(text: string, numbers = new Map<string, number>()): string {
  return text.replaceAll(UUID, (uuid) => {
    const number = numbers.get(uuid) ?? numbers.size
    numbers.set(uuid, number)
    return `<${number}>`
  })
}
