/** Database files of ovsdb-server, as ovsdb(5) has them: records of JSON, each behind a line with its length and hash. */
import { createHash } from 'node:crypto'
import { isJsonObject, JsonTextError, type JsonObject, parseJson } from 'ovsdb-client'
import { FatalError } from '../../cli/errors.js'
import { jsonFault } from './files.js'

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

/** A record of JSON text. */
export function logRecord(json: string): string {
  const content = Buffer.from(`${json}\n`)
  return `OVSDB JSON ${content.length} ${sha1(content)}\n${content.toString()}`
}

const HEADER = /^OVSDB JSON (\d+) ([0-9a-f]{40})$/

interface Header {
  readonly length: number
  readonly hash: string
  /** Where the content begins. */
  readonly at: number
}

/** The records of a file. @throws FatalError */
export function* readLog(bytes: Buffer, name: string): Generator<JsonObject> {
  if (bytes.length === 0) throw new FatalError(`ovsdb error: ${name}: cannot identify file type`)
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at, name)
    yield readContent(bytes, header, name)
    at = header.at + header.length
  }
}

function readHeader(bytes: Buffer, from: number, name: string): Header {
  const end = bytes.indexOf('\n', from)
  const line = bytes.subarray(from, end < 0 ? bytes.length : end).toString()
  const [, length, hash] = (end < 0 ? null : HEADER.exec(line)) ?? []
  if (length !== undefined && hash !== undefined) return { length: Number(length), hash, at: end + 1 }
  if (from === 0) throw new FatalError(`ovsdb error: ${name}: unexpected file format`)
  throw new FatalError(`syntax error: ${name}: parse error at offset ${from} in header line "${line}"`)
}

function readContent(bytes: Buffer, { length, hash, at }: Header, name: string): JsonObject {
  const content = bytes.subarray(at, at + length)
  if (content.length < length) {
    throw new FatalError(`I/O error: ${name}: error reading ${length} bytes starting at offset ${at} (End of file)`)
  }
  const where = `${name}: ${length} bytes starting at offset ${at}`
  const actual = sha1(content)
  if (actual !== hash) {
    throw new FatalError(`syntax error: ${where} have SHA-1 hash ${actual} but should have hash ${hash}`)
  }
  const text = content.toString()
  try {
    const json = parseJson(text)
    if (isJsonObject(json)) return json
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw new FatalError(`syntax error: ${where} are not valid JSON (${jsonFault(text, error)})`)
  }
  throw new FatalError(`syntax error: ${where} are not a JSON object`)
}
