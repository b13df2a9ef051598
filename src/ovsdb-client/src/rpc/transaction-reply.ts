import { ProtocolError } from '../errors.js'
import { excerpt, isJsonArray, isJsonObject, type Json } from '../json/value.js'
import type { Operation } from '../ops/operations.js'
import { transactionError } from '../transaction-errors.js'
import { readError } from './message.js'

/**
 * The results of a transaction's operations. RFC 7047 section 4.1.3: after a failed operation the results are null;
 * when only the commit failed, one element more than operations holds its error. Throws TransactionError, or
 * ProtocolError when the reply is not of that form.
 */
export function readTransactionReply(ops: readonly Operation[], reply: Json): unknown[] {
  if (!isJsonArray(reply)) throw new ProtocolError(`transact: expected an array of results, got ${excerpt(reply)}`)
  reply.forEach((result, index) => {
    if (!isJsonObject(result) || typeof result['error'] !== 'string') return
    const op = ops[index]
    throw transactionError({
      ...readError(result),
      index: op === undefined ? undefined : index,
      op: op === undefined ? 'commit' : op.wire.op,
    })
  })
  return ops.map((op, index) => {
    const result = reply[index]
    if (!isJsonObject(result)) throw new ProtocolError(`transact: expected a result, got ${excerpt(result)}`)
    return op.decode(result)
  })
}
