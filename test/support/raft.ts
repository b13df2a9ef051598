import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Session } from 'ovsdb-client'
import { freePort } from './free-port.js'

const run = promisify(execFile)

interface Member {
  readonly name: string
  readonly target: string
  process: ChildProcess | undefined
}

/** A cluster of real ovsdb-servers on this machine, in a directory of its own. */
export class RaftCluster {
  readonly dir: string
  readonly members: Member[] = []

  private constructor(dir: string) {
    this.dir = dir
  }

  static async start(schema: string, database: string, size = 3): Promise<RaftCluster> {
    const cluster = new RaftCluster(await mkdtemp(join(tmpdir(), `ovsdb-raft-${process.pid}-`)))
    try {
      const addresses: string[] = []
      for (let i = 0; i < size; i++) addresses.push(`tcp:127.0.0.1:${await freePort()}`)
      for (const [i, address] of addresses.entries()) {
        const db = join(cluster.dir, `s${i}.db`)
        const create = i === 0 ? ['create-cluster', db, schema] : ['join-cluster', db, database]
        await run('ovsdb-tool', [...create, address, ...(i === 0 ? [] : [addresses[0] ?? ''])])
        const member = { name: `s${i}`, target: `unix:${join(cluster.dir, `s${i}.sock`)}`, process: undefined }
        cluster.members.push(member)
        await cluster.launch(member, database)
      }
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get targets(): readonly string[] {
    return this.members.map(({ target }) => target)
  }

  /** Starts a member, again after it was killed, and waits until it has joined. */
  async launch(member: Member, database: string): Promise<void> {
    const file = (suffix: string): string => join(this.dir, `${member.name}.${suffix}`)
    const env = { ...process.env, OVS_RUNDIR: this.dir, OVS_LOGDIR: this.dir, OVS_DBDIR: this.dir }
    const args = [file('db'), `--remote=p${member.target}`, `--unixctl=${file('ctl')}`, '-vconsole:off']
    const child = spawn('ovsdb-server', args, { env, stdio: 'ignore' })
    member.process = child
    while (!(await this.#serves(member, database))) {
      if (child.exitCode !== null) throw new Error(`ovsdb-server ended with ${child.exitCode}`)
      await sleep(20)
    }
  }

  /** The member that leads at the moment. */
  async leader(database: string): Promise<Member> {
    for (;;) {
      for (const member of this.members) {
        if (member.process !== undefined && (await this.#status(member, database))?.leader === true) return member
      }
      await sleep(20)
    }
  }

  /** Ends a member at once. */
  async kill(member: Member): Promise<void> {
    const child = member.process
    member.process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => this.kill(member)))
    await rm(this.dir, { recursive: true, force: true })
  }

  async #serves(member: Member, database: string): Promise<boolean> {
    return (await this.#status(member, database))?.connected === true
  }

  async #status(
    member: Member,
    database: string,
  ): Promise<{ readonly connected: boolean; readonly leader: boolean } | undefined> {
    try {
      const session = await Session.connect(member.target)
      try {
        const where = [['name', '==', database]]
        const columns = ['connected', 'leader']
        const reply = await session.request('transact', ['_Server', { op: 'select', table: 'Database', where, columns }])
        const [result] = reply as unknown as readonly { readonly rows: readonly { connected: boolean; leader: boolean }[] }[]
        return result?.rows[0]
      } finally {
        await session.close()
      }
    } catch {
      return undefined
    }
  }
}
