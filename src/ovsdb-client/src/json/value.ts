/** A JSON value. An integer beyond 2^53 that fits 64 bits is a bigint, any other number a number. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [member: string]: Json
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A short rendering of a value for an error message. */
export function excerpt(value: Json | undefined, limit = 80): string {
  const text = value === undefined ? 'nothing' : stringifyJson(value)
  return text.length <= limit ? text : `${text.slice(0, limit)}…`
}

/** JSON text of a value, bigints as plain integers. */
export function stringifyJson(value: Json): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // JSON.stringify refuses bigints; they are rare, so only then the slower way is taken.
    if (!(error instanceof TypeError)) throw error
    return stringifyExact(value)
  }
}

function stringifyExact(value: Json): string {
  if (typeof value === 'bigint') return value.toString()
  if (isJsonArray(value)) return `[${value.map(stringifyExact).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${stringifyExact(member)}`)
  return `{${members.join(',')}}`
}
