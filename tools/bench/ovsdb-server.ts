import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Session, type Json } from 'ovsdb-client'

const run = promisify(execFile)

/** Calls `use` with the target of a real ovsdb-server of a database; afterwards both are gone. */
export async function withOvsdbServer<T>(schema: Json, use: (target: string, dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), `heddle-bench-ovsdb-${process.pid}-`))
  const target = `unix:${join(dir, 'sock')}`
  let stop = async (): Promise<void> => Promise.resolve()
  try {
    await writeFile(join(dir, 'schema'), JSON.stringify(schema))
    await run('ovsdb-tool', ['create', join(dir, 'db'), join(dir, 'schema')])
    const env = { ...process.env, OVS_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir }
    const args = [join(dir, 'db'), `--remote=p${target}`, `--unixctl=${join(dir, 'ctl')}`, '-vconsole:off']
    const server = spawn('ovsdb-server', args, { env, stdio: 'ignore' })
    stop = async () => {
      const ended = once(server, 'exit')
      if (server.kill('SIGKILL')) await ended
    }
    await listening(target)
    return await use(target, dir)
  } finally {
    await stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function listening(target: string): Promise<void> {
  for (;;) {
    try {
      const session = await Session.connect(target)
      await session.close()
      return
    } catch {
      await sleep(10)
    }
  }
}
