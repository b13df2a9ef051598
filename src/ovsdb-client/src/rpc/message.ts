import { ProtocolError } from '../errors.js'
import { excerpt, isJsonArray, isJsonObject, type Json } from '../json/value.js'

/** JSON-RPC 1.0 as RFC 7047 section 4 uses it. */
export type Message =
  | { readonly kind: 'request'; readonly method: string; readonly params: readonly Json[]; readonly id: Json }
  | { readonly kind: 'notification'; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'reply'; readonly id: Json; readonly result: Json; readonly error: Json }

/** What kind of message a JSON value is. Throws ProtocolError. */
export function readMessage(json: Json): Message {
  if (!isJsonObject(json)) throw new ProtocolError(`expected a JSON-RPC message, got ${excerpt(json)}`)
  const { method, params, id = null, result, error = null } = json
  if (method !== undefined) {
    if (typeof method !== 'string') throw new ProtocolError(`method is not a string: ${excerpt(method)}`)
    if (!isJsonArray(params)) throw new ProtocolError(`params of "${method}" are not an array: ${excerpt(params)}`)
    return id === null ? { kind: 'notification', method, params } : { kind: 'request', method, params, id }
  }
  if (result === undefined && json['error'] === undefined) {
    throw new ProtocolError(`neither a request nor a reply: ${excerpt(json)}`)
  }
  return { kind: 'reply', id, result: result ?? null, error }
}

/** The error string and the details of an error that answers a request: an object (RFC 7047) or a mere string. */
export function readError(error: Json): { readonly error: string; readonly details: string | undefined } {
  if (typeof error === 'string') return { error, details: undefined }
  if (!isJsonObject(error) || typeof error['error'] !== 'string') return { error: excerpt(error), details: undefined }
  const details = error['details']
  return { error: error['error'], details: typeof details === 'string' ? details : undefined }
}
