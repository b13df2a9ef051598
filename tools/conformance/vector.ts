/** One test case, as ../shared/vectors describes them. */
export interface Vector {
  readonly id: string
  readonly kind: string
  readonly input: unknown
  readonly args?: readonly string[]
}

/** A vector of a file, with what the real tool says. `error`: it must fail, with this message. */
export interface JudgedVector extends Vector {
  readonly expect: unknown
  readonly error?: string
}

/** What we say of a vector. `output`: what was printed, also before an error. */
export interface Answer {
  readonly output: unknown
  readonly error?: string
}

/** Answers vectors of one kind. */
export type Kind = (vector: Vector) => Answer | Promise<Answer>

/** The kinds of one file of `kinds/`, by their names. */
export type Kinds = Readonly<Record<string, Kind>>

/** The input of a vector whose kind has a text there. */
export function textInput({ id, input }: Vector): string {
  if (typeof input !== 'string') throw new TypeError(`${id}: input is not a text`)
  return input
}
