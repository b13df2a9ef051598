import { UnknownDatabaseError, UnsuitableServerError, type OvsdbError } from '../errors.js'
import type { Session } from '../rpc/session.js'
import { Replica } from '../replica/replica.js'
import { defineSchema } from '../schema/parse.js'
import type { RowBase } from '../schema/types.js'

/** What a server says of a database that it serves (ovsdb-server(7), "_Server"). */
export interface DatabaseStatus extends RowBase<'Database'> {
  readonly name: string
  readonly model: 'standalone' | 'clustered' | 'relay'
  /** Whether the server is in contact with the majority of its cluster. */
  readonly connected: boolean
  /** Whether it is the leader of its cluster; true when there is none. */
  readonly leader: boolean
  /** How much of the cluster's log it has. */
  readonly index: number | null
}

type ServerTables = {
  readonly Database: { readonly row: DatabaseStatus; readonly immutable: never }
}

/** The part of the database `_Server` that is read here. */
const SERVER = defineSchema<ServerTables>({
  name: '_Server',
  version: '1.0.0',
  tables: {
    Database: {
      columns: {
        name: { type: 'string' },
        model: { type: 'string' },
        connected: { type: 'boolean' },
        leader: { type: 'boolean' },
        index: { type: { key: 'integer', min: 0 } },
      },
      indexes: [['name']],
    },
  },
})

export interface Wanted {
  readonly database: string
  readonly leaderOnly: boolean
}

/** Watches what a server says of a database, and whether it can be used. */
export class ServerWatch {
  readonly #replica: Replica<ServerTables, { Database: true }> | undefined
  readonly #wanted: Wanted

  private constructor(replica: Replica<ServerTables, { Database: true }> | undefined, wanted: Wanted) {
    this.#replica = replica
    this.#wanted = wanted
  }

  /** Servers before Open vSwitch 2.9 say nothing of themselves: they are taken as they are. */
  static async open(session: Session, wanted: Wanted): Promise<ServerWatch> {
    try {
      return new ServerWatch(await Replica.open(session, SERVER, { tables: { Database: true } }), wanted)
    } catch (error) {
      if (error instanceof UnknownDatabaseError) return new ServerWatch(undefined, wanted)
      throw error
    }
  }

  /** What the server says of the database. */
  get status(): DatabaseStatus | undefined {
    return this.#replica?.find('Database', 'name', this.#wanted.database)
  }

  /** Why the server cannot be used; undefined when it can. `leastIndex`: how far its log must reach. */
  fault(leastIndex: number): OvsdbError | undefined {
    if (this.#replica === undefined) return undefined
    const { status } = this
    const { database, leaderOnly } = this.#wanted
    if (status === undefined) return new UnsuitableServerError(`the server has no database ${database}`)
    if (!status.connected) return new UnsuitableServerError(`${database}: the server has lost its cluster`)
    if (leaderOnly && !status.leader) return new UnsuitableServerError(`${database}: the server is not the leader`)
    const index = status.index ?? 0
    if (status.model === 'clustered' && index < leastIndex) {
      return new UnsuitableServerError(`${database}: the server is behind (index ${index}, not ${leastIndex})`)
    }
    return undefined
  }

  /** Calls `react` after each change of what the server says. */
  onChange(react: () => void): void {
    this.#replica?.on('change', react)
  }
}
