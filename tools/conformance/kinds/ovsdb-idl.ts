/** The replica after each command, as Open vSwitch's own test program prints its replica. */
import { Session } from 'ovsdb-client'
import { IdlProgram } from '../idl/program.js'
import { IDLTEST } from '../idl/schema.js'
import { sortNumbered, transactText, withDatabase } from '../session/database.js'
import type { Answer, Kinds, Vector } from '../vector.js'

interface IdlInput {
  readonly before: readonly string[]
  readonly commands: readonly string[]
}

const isNumbered = (commands: readonly string[]): boolean => !commands.some((command) => command.includes('insert_uuid'))

/** When several rows break a rule, it is by chance which one the server names. */
const anyRow = (text: string): string =>
  text.replaceAll(/("count":(?!1\})\d+\}.* row )<\d+>( references nonexistent)/g, '$1<x>$2')

async function idl(vector: Vector): Promise<Answer> {
  const { before, commands } = vector.input as IdlInput
  const track = (vector as { readonly track?: boolean }).track ?? (vector.input as { readonly track?: boolean }).track
  const output = await withDatabase(IDLTEST, async (target) => {
    const session = await Session.connect(target)
    for (const transaction of before) await transactText(session, transaction)
    await session.close()
    return await IdlProgram.run(target, commands, track ?? false)
  })
  return { output: isNumbered(commands) ? anyRow(sortNumbered(output)) : [...output].sort().join('\n') }
}

export const OVSDB_IDL_KINDS: Kinds = { 'ovsdb-idl': idl }
