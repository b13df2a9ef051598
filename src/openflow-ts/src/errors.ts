/** Base of every error of this library. `code` is stable; messages are for people. */
export abstract class OpenFlowError extends Error {
  abstract readonly code: `OF_${string}`
}

/** Bytes that are not valid OpenFlow. `reply` names the OFPERR that a switch or controller would answer with. */
export class DecodeError extends OpenFlowError {
  override readonly name = 'DecodeError'
  readonly code = 'OF_DECODE'
  readonly offset: number
  readonly reply: string
  /** What had been decoded of the message before, where that is worth something. */
  partial: object | undefined

  constructor(what: string, where: { offset: number; reply: string }) {
    super(`${what} (at byte ${where.offset}, ${where.reply})`)
    this.offset = where.offset
    this.reply = where.reply
  }
}

/** Something that cannot be expressed on the wire in the version at hand. */
export class EncodeError extends OpenFlowError {
  override readonly name = 'EncodeError'
  readonly code = 'OF_ENCODE'
}

/** Text that is not ovs-ofctl's syntax. `column` counts from 0 in the text given. */
export class TextError extends OpenFlowError {
  override readonly name = 'TextError'
  readonly code = 'OF_TEXT'
  readonly column: number | undefined

  constructor(message: string, column?: number) {
    super(message)
    this.column = column
  }
}
