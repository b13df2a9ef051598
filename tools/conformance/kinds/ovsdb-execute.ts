/** The replies to transactions: sent and read by our session, executed by a real ovsdb-server, for we have no engine. */
import { canonicalJson, parseJson, Session } from 'ovsdb-client'
import { numberUuids, transactText, withDatabase } from '../session/database.js'
import type { Answer, Kinds, Vector } from '../vector.js'

async function execute({ input }: Vector): Promise<Answer> {
  const [schema = '', ...transactions] = input as readonly string[]
  const output = await withDatabase(parseJson(schema), async (target) => {
    const session = await Session.connect(target)
    let text = ''
    for (const transaction of transactions) {
      const { result = null } = await transactText(session, transaction)
      text += `${canonicalJson(result)}\n`
    }
    await session.close()
    return text
  })
  return { output: numberUuids(output) }
}

export const OVSDB_EXECUTE_KINDS: Kinds = { 'ovsdb-execute': execute }
