import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff, canonicalJson, isJsonArray, isJsonObject, type Json, OvsdbError, RpcError } from 'ovsdb-client'
import { FatalError } from '../../../cli/errors.js'
import { type Command, defaultRemote, type Run } from '../command.js'
import { connectOnce, type Server } from '../server.js'

/** The row of the database as it shall be; none: it shall be gone. */
const STATES: Readonly<Record<string, { readonly columns: readonly string[]; readonly rows: readonly Json[] }>> = {
  connected: { columns: ['connected'], rows: [{ connected: true }] },
  added: { columns: [], rows: [{}] },
  removed: { columns: [], rows: [] },
}

function operation(database: string, state: string): Json {
  const wanted = Object.hasOwn(STATES, state) ? STATES[state] : undefined
  if (wanted === undefined) throw new FatalError(`${state}: unknown state`)
  return { op: 'wait', table: 'Database', where: [['name', '==', database]], until: '==', ...wanted }
}

/** @throws FatalError when an operation failed */
export function checkResults(reply: Json): void {
  if (!isJsonArray(reply)) throw new FatalError('result is not array')
  for (const result of reply) {
    if (!isJsonObject(result)) throw new FatalError('result array element is not object')
    if (Object.hasOwn(result, 'error')) throw new FatalError(`server returned error reply: ${canonicalJson(result)}`)
  }
}

async function waitOn(server: Server, wanted: Json): Promise<void> {
  try {
    await server.session.setDbChangeAware(true)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    throw new FatalError(`${server.name}: set_db_change_aware failed (${canonicalJson(error.json ?? null)})`)
  }
  checkResults(await server.session.request('transact', ['_Server', wanted]))
}

/** A server that is not there, or goes, is waited for too. */
async function wait(run: Run): Promise<void> {
  const [state = '', database = '', remote = defaultRemote()] = [...run.args].reverse()
  const wanted = operation(database, state)
  const backoff = new Backoff()
  for (;;) {
    const server = await connectOnce(remote, run.options)
    try {
      if (server !== undefined) {
        await waitOn(server, wanted)
        return
      }
    } catch (error) {
      if (!(error instanceof OvsdbError) || error instanceof RpcError) throw error
    } finally {
      await server?.session.close()
    }
    await sleep(backoff.next())
  }
}

export const WAIT_COMMANDS: readonly Command[] = [{ name: 'wait', need: 'nothing', min: 2, max: 3, run: wait }]
