/** Lines of text that become messages: what lines said before says what those that look the same say. */
import type { Message } from '../messages/table.js'
import type { Protocols } from '../protocols.js'
import { formatIpv4, formatIpv6, formatMac } from '../text/addresses.js'
import { hex } from '../text/values.js'
import type { FreeValue } from './free-values.js'
import { LastView, Piece, SLACK } from './piece.js'
import type { ByteSink } from './sink.js'
import { attempt, findSlots, isInMask, isWithin, type Limits, limitsOf, type Slot, slotValue, withRule, withSlots } from './slot.js'
import { scan, scanned, takeToken, TOKEN, type TokenKind } from './tokens.js'
import { type Thrift, Track } from './track.js'
import { toWords, wide, writeWide } from './wide.js'

/** What a line says. */
export interface Assembled {
  readonly message: Message
  /** The flow formats that can carry it. */
  readonly usable: Protocols
}

/** How lines are understood where there is no template. */
export interface Assembling {
  /** @throws OpenFlowError */
  assemble(line: string): Assembled
  /** @throws EncodeError */
  encode(message: Message, xid: number): Buffer
  free(message: Message): Iterable<FreeValue>
}

/** How a number is written in a token, by its kind. */
const TOKEN_TEXTS: Readonly<Record<TokenKind, (value: bigint) => string>> = {
  [TOKEN.DECIMAL]: String,
  [TOKEN.HEX]: hex,
  [TOKEN.MAC]: formatMac,
  [TOKEN.IPV4]: (value) => formatIpv4(Number(value)),
  [TOKEN.IPV6]: formatIpv6,
}

/** A token as it stands in a line. */
interface Token {
  readonly start: number
  readonly end: number
  readonly kind: TokenKind
}

/** A token whose value goes to a slot. */
interface Filled extends Slot {
  readonly token: Token
}

/** Of which kind the number is that goes to a slot. */
interface Place {
  readonly slot: Slot
  readonly kind: TokenKind
  readonly limits: Limits | undefined
}

/** A message with places for the values of the lines that differ in these values only. */
class LineTemplate {
  /** That of the line which came behind one of these last. */
  next: LineTemplate | undefined
  readonly #message: Piece
  readonly #usable: Protocols
  readonly #filled: readonly Place[]
  /** What stands before each value, and behind the last. */
  readonly #pieces: readonly Piece[]
  readonly #xids: readonly number[]

  constructor(line: Buffer, { bytes, usable, filled, xids }: Learnt) {
    this.#message = new Piece(withSlots(bytes, filled, () => 0n))
    this.#usable = usable
    this.#filled = filled.map((slot) => ({ slot, kind: slot.token.kind, limits: limitsOf(slot) }))
    const ends = [0, ...filled.map(({ token }) => token.end)]
    this.#pieces = ends.map((end, i) => new Piece(line.subarray(end, filled[i]?.token.start ?? line.length)))
    this.#xids = xids
  }

  /** Writes the message of a line, a part of some bytes whose view it is; undefined, and nothing is written, when it is another's. */
  write(line: Buffer, view: DataView, from: number, to: number, sink: ByteSink, xid: number): Protocols | undefined {
    const message = this.#message
    sink.reserve(message.length + SLACK)
    const { bytes, words, length: start } = sink
    message.copyTo(words, start)
    const filled = this.#filled
    let at = from
    for (let i = 0; i < filled.length; i++) {
      const { slot, kind, limits } = filled[i] as Place
      const piece = this.#pieces[i] as Piece
      if (!piece.isAt(view, at, to)) return undefined
      at = takeToken(line, at + piece.length, to, kind)
      if (at === 0 || !isInMask(slot) || (limits !== undefined && !isWithin(limits))) return undefined
      writeWide(bytes, start + slot.offset, slot.width)
    }
    const last = this.#pieces[filled.length] as Piece
    if (at + last.length !== to || !last.isAt(view, at, to)) return undefined
    for (const place of this.#xids) words.setUint32(start + place, xid)
    sink.length = start + message.length
    return this.#usable
  }
}

interface Learnt {
  readonly bytes: Buffer
  readonly usable: Protocols
  readonly filled: readonly Filled[]
  readonly xids: readonly number[]
}

const XIDS = [0x55555555, 0xaaaaaaaa] as const

/** Where the xid stands in a message, perhaps more than once; undefined when that cannot be found out. */
function findXids(encode: (xid: number) => Buffer): readonly number[] | undefined {
  const zero = encode(0)
  const [first, second] = XIDS.map(encode)
  const places: number[] = []
  for (let at = 0; at + 4 <= zero.length; at++) {
    if (zero.readUInt32BE(at) === 0 && first?.readUInt32BE(at) === XIDS[0]) places.push(at)
  }
  const rebuilt = Buffer.from(zero)
  for (const at of places) rebuilt.writeUInt32BE(XIDS[1], at)
  return second?.equals(rebuilt) === true ? places : undefined
}

/** Finds out which tokens of a line stand for which bytes, by changing them. */
class Learner {
  readonly #how: Assembling
  readonly #line: string
  readonly #assembled: Assembled
  readonly #bytes: Buffer

  constructor(how: Assembling, line: string, assembled: Assembled) {
    this.#how = how
    this.#line = line
    this.#assembled = assembled
    this.#bytes = how.encode(assembled.message, 0)
  }

  learn(tokens: readonly Token[]): Learnt | undefined {
    const { message, usable } = this.#assembled
    const xids = findXids((xid) => this.#how.encode(message, xid))
    if (xids === undefined) return undefined
    const slots = findSlots(message, this.#bytes, this.#how.free(message), (other) => this.#how.encode(other, 0))
    const likely = this.#pair(tokens, slots)
    const filled = withRule(likely, this.#bytes, (some, valueOf) => this.#holds(some, valueOf))
    return filled.length === 0 ? undefined : { bytes: this.#bytes, usable, filled, xids }
  }

  /** Each token with the slot of its value; where there are several of either, with that to which it goes. */
  #pair(tokens: readonly Token[], slots: readonly Slot[]): Filled[] {
    const line = Buffer.from(this.#line)
    const values = tokens.map(({ start, end, kind }) => (takeToken(line, start, end, kind) === 0 ? '' : wide.join()))
    const left = new Map(slots.map((slot) => [slot, toWords(slotValue(this.#bytes, slot)).join()]))
    return tokens.flatMap((token, i) => {
      const same = slots.filter((slot) => left.get(slot) === values[i])
      const isAlone = same.length === 1 && values.indexOf(values[i] ?? '') === values.lastIndexOf(values[i] ?? '')
      const slot = isAlone ? same[0] : same.find((one) => this.#holds([{ ...one, token }], ({ probes }) => probes[0]))
      if (slot === undefined) return []
      left.delete(slot)
      return [{ ...slot, token }]
    })
  }

  /** Whether the line, with other values in some tokens, says the same with these values in the slots. */
  #holds(some: readonly Filled[], valueOf: (slot: Filled) => bigint): boolean {
    let line = ''
    let end = 0
    for (const slot of some) {
      const { token } = slot
      line += this.#line.slice(end, token.start) + TOKEN_TEXTS[token.kind](valueOf(slot))
      end = token.end
    }
    line += this.#line.slice(end)
    const found = attempt(() => {
      const { message, usable } = this.#how.assemble(line)
      return usable === this.#assembled.usable && this.#how.encode(message, 0).equals(withSlots(this.#bytes, some, valueOf))
    })
    return found ?? false
  }
}

/** Of lines that differ in numbers only: those that are in no slot are the same in all lines of a template. */
const MOST_TEMPLATES = 64

/** Turns lines into the bytes of messages, most of which look like others before. */
export class TemplateLines {
  readonly #how: Assembling
  /** By the hash of what is no number. */
  readonly #templates = new Map<number, LineTemplate[]>()
  readonly #track: Track<LineTemplate>
  readonly #view = new LastView()

  constructor(how: Assembling, thrift?: Partial<Thrift>) {
    this.#how = how
    this.#track = new Track(thrift)
  }

  /**
   * Writes the message of a line, which is a part of some bytes, with an xid. Gives the flow formats that can carry it.
   * @throws OpenFlowError, as `assemble` and `encode` do; nothing is written then
   */
  append(source: Buffer, from: number, to: number, sink: ByteSink, xid: number): Protocols {
    const { expected } = this.#track
    const usable = expected?.write(source, this.#view.of(source), from, to, sink, xid)
    if (expected === undefined || usable === undefined) return this.#search(source, from, to, sink, xid)
    this.#track.hit(expected)
    return usable
  }

  #search(source: Buffer, from: number, to: number, sink: ByteSink, xid: number): Protocols {
    const isPlain = this.#track.pays && scan(source, from, to)
    const { hash } = scanned
    for (const template of (isPlain && this.#templates.get(hash)) || []) {
      const usable = template.write(source, this.#view.of(source), from, to, sink, xid)
      if (usable === undefined) continue
      this.#track.hit(template)
      return usable
    }
    const line = source.toString('utf8', from, to)
    const assembled = this.#how.assemble(line)
    sink.append(this.#how.encode(assembled.message, xid))
    if (isPlain && this.#track.miss(hash)) this.#learn(line, assembled)
    return assembled.usable
  }

  #learn(line: string, assembled: Assembled): void {
    const bytes = Buffer.from(line)
    if (!scan(bytes, 0, bytes.length)) return
    const { hash, count } = scanned
    const tokens = Array.from({ length: count }, (_, i) => ({
      start: scanned.starts[i] ?? 0,
      end: scanned.ends[i] ?? 0,
      kind: (scanned.kinds[i] ?? 0) as TokenKind,
    }))
    const templates = this.#templates.get(hash) ?? []
    if (templates.length >= MOST_TEMPLATES) return
    const learnt = new Learner(this.#how, line, assembled).learn(tokens)
    if (learnt === undefined) return
    templates.push(new LineTemplate(bytes, learnt))
    this.#templates.set(hash, templates)
  }
}
