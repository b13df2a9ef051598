import { isId, isInteger, syntaxError } from '../data/notation.js'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json/value.js'

/** What a member of an object may be. */
interface MemberTypes {
  readonly id: string
  readonly string: string
  readonly boolean: boolean
  readonly integer: number | bigint
  readonly number: number | bigint
  readonly array: readonly Json[]
  readonly object: JsonObject
  readonly any: Json
  readonly 'string or object': string | JsonObject
  readonly 'integer or string': string | number | bigint
}

const isString = (json: Json): boolean => typeof json === 'string'

const IS_OF: { readonly [T in keyof MemberTypes]: (json: Json) => boolean } = {
  'id': isId,
  'string': isString,
  'boolean': (json) => typeof json === 'boolean',
  'integer': isInteger,
  'number': (json) => typeof json === 'number' || typeof json === 'bigint',
  'array': isJsonArray,
  'object': isJsonObject,
  'any': () => true,
  'string or object': (json) => isString(json) || isJsonObject(json),
  'integer or string': (json) => isString(json) || isInteger(json),
}

/** Reads the members of an object, each of its type, in the words of ovsdb-server. All methods throw DataError. */
export class Members {
  readonly #json: Json
  readonly #what: string
  readonly #members: JsonObject
  readonly #read = new Set<string>()

  /** `what` says in messages what the object should be. */
  constructor(json: Json, what: string) {
    this.#json = json
    this.#what = what
    this.#members = isJsonObject(json) ? json : this.#fail('Object expected.')
  }

  optional<T extends keyof MemberTypes>(name: string, type: T): MemberTypes[T] | undefined {
    this.#read.add(name)
    const value = Object.hasOwn(this.#members, name) ? this.#members[name] : undefined
    if (value === undefined) return undefined
    return IS_OF[type](value) ? (value as MemberTypes[T]) : this.#fail(`Type mismatch for member '${name}'.`)
  }

  required<T extends keyof MemberTypes>(name: string, type: T): MemberTypes[T] {
    return this.optional(name, type) ?? this.#fail(`Required '${name}' member is missing.`)
  }

  /** Refuses members that were not asked for. */
  finish(): void {
    const [first, ...others] = Object.keys(this.#members).filter((name) => !this.#read.has(name))
    if (first === undefined) return
    if (others.length === 0) this.#fail(`Member '${first}' is present but not allowed here.`)
    const more = `${others.length} other member${others.length > 1 ? 's' : ''}`
    this.#fail(`Member '${first}' and ${more} are present but not allowed here.`)
  }

  #fail(details: string): never {
    throw syntaxError(this.#json, `Parsing ${this.#what} failed: ${details}`)
  }
}

