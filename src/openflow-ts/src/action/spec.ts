import type { Reader, Writer } from '../binary.js'
import type { Protocols } from '../protocols.js'
import type { TextContext } from '../text/context.js'
import { OF10, OF11, OF12, OF13, OF14, OF15, type OfVersion } from '../version.js'
import type { Action, ActionType } from './types.js'

export const NX = 0x00002320
export const ONF = 0x4f4e4600

/** What an action that holds actions needs of the codec around it. */
export interface EncodeEnv {
  readonly version: OfVersion
  actions(w: Writer, list: readonly Action[]): void
}

export interface DecodeEnv {
  readonly version: OfVersion
  actions(r: Reader, length: number): Action[]
}

export interface ParseEnv {
  readonly ctx: TextContext
  /** Actions within those being parsed; `within` is the name of the action that holds them. */
  actions(text: string, within: ActionType): Action[]
}

export interface FormatEnv {
  readonly ctx: TextContext
  actions(list: readonly Action[]): string
}

/** One form of an action on the wire. Header, length and padding to 8 bytes are not the form's business. */
export interface ActionForm<A extends Action> {
  /** 0: a standard action. */
  readonly vendor: number
  readonly code: number
  readonly since: OfVersion
  readonly until: OfVersion
  /** Writes the body, which starts 4 bytes into a standard action, 10 bytes into an extension. */
  encode(w: Writer, action: A, env: EncodeEnv): void
  /** Reads the body; what it leaves is padding. */
  decode(r: Reader, env: DecodeEnv): A
}

/** One entry of the action table. Methods, so that entries of different actions fit one table. */
export interface ActionSpec<A extends Action = Action> {
  readonly types: readonly A['type'][]
  readonly forms: readonly ActionForm<A>[]
  /** Index of the form to send, where the version alone does not decide. */
  choose?(action: A, version: OfVersion): number
  /** The actions that say the same in a version that lacks this one; undefined: send it as it is. */
  lower?(action: A, version: OfVersion): readonly Action[] | undefined
  /** Flow formats that can carry it, where these are not all. */
  protocols?(action: A): Protocols
  /** Names in text where they are not the types. */
  readonly keywords?: readonly string[]
  parse(arg: string, env: ParseEnv, keyword: string): Action | readonly Action[]
  format(action: A, env: FormatEnv): string
}

/** Fixes the type of an entry, nothing else. */
export const define = <A extends Action>(spec: ActionSpec<A>): ActionSpec<A> => spec

type Body<A extends Action> = Pick<ActionForm<A>, 'encode' | 'decode'>

/** A standard action of versions `since` to `until`. */
export function standard<A extends Action>(
  code: number,
  body: Body<A>,
  since: OfVersion = OF11,
  until: OfVersion = OF15,
): ActionForm<A> {
  return { vendor: 0, code, since, until, encode: body.encode.bind(body), decode: body.decode.bind(body) }
}

/** A Nicira extension. */
export function nicira<A extends Action>(
  code: number,
  body: Body<A>,
  since: OfVersion = OF10,
  until: OfVersion = OF15,
): ActionForm<A> {
  return { vendor: NX, code, since, until, encode: body.encode.bind(body), decode: body.decode.bind(body) }
}

/** A body of nothing. */
export const empty = <A extends Action>(action: A): Body<A> => ({
  encode: () => undefined,
  decode: () => action,
})

export { OF10, OF11, OF12, OF13, OF14, OF15 }
