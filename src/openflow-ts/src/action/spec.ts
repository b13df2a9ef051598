import type { Reader, Writer } from '../binary.js'
import type { Protocols } from '../protocols.js'
import type { TextContext } from '../text/context.js'
import { OF10, OF11, OF12, OF13, OF14, OF15, type OfVersion } from '../version.js'
import type { Checked, PacketState } from './state.js'
import type { Action } from './types.js'

export const NX = 0x00002320
export const ONF = 0x4f4e4600

/** What an action that holds actions needs of the codec around it. */
export interface EncodeEnv {
  readonly version: OfVersion
  actions(w: Writer, list: readonly Action[]): void
}

export interface DecodeEnv {
  readonly version: OfVersion
  /** What OVS itself sends but does not take is refused, too. */
  readonly strict: boolean
  /** What the reader has left, as actions within an action called `within`. */
  actions(r: Reader, within: string): Action[]
}

export interface ParseEnv {
  readonly ctx: TextContext
  /** Actions within those being parsed; `within` is the OVS name of the action that holds them. */
  actions(text: string, within: string): Action[]
}

export interface FormatEnv {
  readonly ctx: TextContext
  actions(list: readonly Action[]): string
}

/** One form of an action on the wire. Header, length and padding to 8 bytes are not the form's business. */
export interface ActionForm<A extends Action> {
  /** As in OVS: OFPAT_OUTPUT, NXAST_CT. */
  readonly name: string
  /** 0: a standard action. */
  readonly vendor: number
  readonly code: number
  readonly since: OfVersion
  readonly until: OfVersion
  /** OVS sends it in versions from this on, though those before `since` do not know it. */
  readonly sentSince: OfVersion
  /** Length with header and padding; of a form that may be longer, the least. */
  readonly bytes: number
  readonly longer: boolean
  /** Writes the body, which starts 4 bytes into a standard action, 10 bytes into an extension. */
  encode(w: Writer, action: A, env: EncodeEnv): void
  /** Reads the body, whose length has been checked; what it leaves is padding. */
  decode(r: Reader, env: DecodeEnv): A
}

/** What is an instruction of OpenFlow 1.1+ rather than an action of the apply-actions instruction. */
export interface InstructionForm<A extends Action> {
  /** OFPIT_* */
  readonly type: number
  readonly name: InstructionName
  readonly since: OfVersion
  readonly until: OfVersion
  readonly bytes: number
  readonly longer: boolean
  /** It is not sent: it holds nothing, or the version knows it from others only. */
  isEmpty?(action: A, version: OfVersion): boolean
  /** The body starts 4 bytes into the instruction. */
  encode(w: Writer, action: A, env: EncodeEnv): void
  decode(r: Reader, env: DecodeEnv): A
}

/** Instructions in the order in which a switch executes them, which is that in which they must stand. */
export const INSTRUCTIONS = [
  'meter',
  'apply_actions',
  'clear_actions',
  'write_actions',
  'write_metadata',
  'goto_table',
] as const
export type InstructionName = (typeof INSTRUCTIONS)[number]

/** One entry of the action table. Methods, so that entries of different actions fit one table. */
export interface ActionSpec<A extends Action = Action> {
  /** OVS's name of it, by which errors call it. */
  readonly name: string
  /** What it does, for the reference. */
  readonly doc: string
  /** How it is written in text, for the reference. */
  readonly syntax: string
  readonly types: readonly A['type'][]
  readonly forms: readonly ActionForm<A>[]
  readonly instruction?: InstructionForm<A>
  /** It may stand in an action set (write_actions, buckets are more liberal). */
  readonly inActionSet?: boolean
  /** The only action besides the notes that may stand beside others of its kind. */
  readonly alone?: boolean
  /** Index of the form to send, where the version alone does not decide. */
  choose?(action: A, version: OfVersion): number
  /** The actions that say the same in a version that lacks this one; undefined: send it as it is. */
  lower?(action: A, version: OfVersion): readonly Action[] | undefined
  /** Flow formats that can carry it when it is given as text, where these are not all. */
  protocols?(action: A): Protocols
  /** Names in text where they are not the types. */
  readonly keywords?: readonly string[]
  parse(arg: string, env: ParseEnv, keyword: string): Action | readonly Action[]
  format(action: A, env: FormatEnv): string
  /** Whether the action suits the packets that reach it; changes the state as the action changes the packet. */
  check?(action: A, state: PacketState): Checked
}

/** Fixes the type of an entry, nothing else. */
export const define = <A extends Action>(spec: ActionSpec<A>): ActionSpec<A> => spec

type Body<A extends Action> = Pick<ActionForm<A>, 'encode' | 'decode'>

/** Where a form is known and how long it is; OpenFlow 1.1 (extensions: 1.0) to 1.5 and the least length by default. */
export interface FormRange {
  readonly since?: OfVersion
  readonly until?: OfVersion
  readonly sentSince?: OfVersion
  readonly bytes?: number
  readonly longer?: boolean
}

function form<A extends Action>(
  id: Pick<ActionForm<A>, 'name' | 'vendor' | 'code'>,
  body: Body<A>,
  range: FormRange,
  defaults: { since: OfVersion; bytes: number },
): ActionForm<A> {
  return {
    ...id,
    since: range.since ?? defaults.since,
    sentSince: range.sentSince ?? range.since ?? defaults.since,
    until: range.until ?? OF15,
    bytes: range.bytes ?? defaults.bytes,
    longer: range.longer ?? false,
    encode: body.encode.bind(body),
    decode: body.decode.bind(body),
  }
}

/** A standard action. */
export const standard = <A extends Action>(
  name: string,
  code: number,
  body: Body<A>,
  range: FormRange = {},
): ActionForm<A> => form({ name: `OFPAT_${name}`, vendor: 0, code }, body, range, { since: OF11, bytes: 8 })

/** A Nicira extension. */
export const nicira = <A extends Action>(
  name: string,
  code: number,
  body: Body<A>,
  range: FormRange = {},
): ActionForm<A> => form({ name: `NXAST_${name}`, vendor: NX, code }, body, range, { since: OF10, bytes: 16 })

/** An extension of the Open Networking Foundation. */
export const onf = <A extends Action>(
  name: string,
  code: number,
  body: Body<A>,
  range: FormRange = {},
): ActionForm<A> => form({ name: `ONFACT_${name}`, vendor: ONF, code }, body, range, { since: OF10, bytes: 16 })

/** A body of nothing. */
export const empty = <A extends Action>(action: A): Body<A> => ({
  encode: () => undefined,
  decode: () => action,
})

export { OF10, OF11, OF12, OF13, OF14, OF15 }
