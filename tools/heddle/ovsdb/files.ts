/** JSON of command lines and of files, with errors as ovsdb-client puts them. */
import { readFileSync } from 'node:fs'
import { type DatabaseSchema, type Json, JsonTextError, parseJson } from 'ovsdb-client'
import { FatalError, SystemError } from '../../cli/errors.js'
import { readSchema } from './server.js'

/**
 * Where Open vSwitch's parser says that it is. It goes by bytes and notices the end of a number or a word only at what
 * follows, but that of other tokens while it reads their last byte.
 */
function placeOf(text: string, { offset, message }: JsonTextError): number {
  const afterWord = /[-+.0-9A-Za-z]/.test(text.charAt(offset - 1))
  if (message === 'unexpected end of input') return text.length + (afterWord ? 1 : 0)
  return afterWord || offset >= text.length && /^(?:empty|unexpected end)/.test(message) ? offset : offset - 1
}

/** A fault of a JSON text; lines count from 0. */
export function jsonFault(text: string, error: JsonTextError): string {
  const place = placeOf(text, error)
  // Beyond the end, the parser has been given a space.
  const before = text.slice(0, place).padEnd(place)
  const line = before.split('\n').length - 1
  const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1))
  return `line ${line}, column ${column}, byte ${Buffer.byteLength(before)}: ${error.message}`
}

/** JSON that is an argument. @throws FatalError */
export function parseArgument(text: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    throw error instanceof JsonTextError ? new FatalError(`"${text}": ${jsonFault(text, error)}`) : error
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = SystemError.from(error)
    // A folder can be opened, but not read.
    const what = code === 'EISDIR' ? 'error reading JSON stream' : `error opening "${path}"`
    throw new FatalError(`failed to read schema: "${path}" could not be read as JSON (${what}: ${message})`)
  }
}

/** @throws FatalError */
export function readSchemaFile(path: string): DatabaseSchema {
  const text = readText(path)
  try {
    return readSchema(parseJson(text), true)
  } catch (error) {
    if (error instanceof JsonTextError) {
      throw new FatalError(`failed to read schema: "${path}" could not be read as JSON (${jsonFault(text, error)})`)
    }
    if (!(error instanceof FatalError)) throw error
    // Behind what is at fault and the kind of the error.
    const [, kind = '', details = ''] = /^((?:syntax ".*": )?[a-z ]+: )(.*)$/s.exec(error.message) ?? []
    throw new FatalError(`${kind}failed to parse "${path}" as ovsdb schema: ${details}`)
  }
}
