import type { LogOptions } from './options.js'

const LEVELS = ['off', 'emer', 'err', 'warn', 'info', 'dbg'] as const
export type Level = (typeof LEVELS)[number]

const isLevel = (word: string): word is Level => LEVELS.some((level) => level === word)
const rank = (level: Level): number => LEVELS.indexOf(level)

/** What goes to standard error beside errors: lines as Open vSwitch's programs log them, as far as `-v` lets them. */
export class Log {
  readonly #err: (text: string) => void
  readonly #levels = new Map<string, Level>()
  #level: Level
  #count = 0

  /** Before any `-v`, lines of `level` and of more weight are written. */
  constructor(err: (text: string) => void, level: Level) {
    this.#err = err
    this.#level = level
  }

  /** Takes an argument of `-v`, which must be one that Open vSwitch understands; what is not for the console is passed over. */
  configure(spec: string): void {
    if (/^(PATTERN|FACILITY):/i.test(spec)) return
    const words = spec.toLowerCase().split(/[ :,]+/).filter((word) => word !== '' && word !== 'any')
    if (words.includes('syslog') || words.includes('file')) return
    const level = words.find(isLevel) ?? 'dbg'
    const module = words.find((word) => !isLevel(word) && word !== 'console')?.replaceAll('-', '_')
    if (module === undefined) {
      this.#level = level
      this.#levels.clear()
    } else this.#levels.set(module, level)
  }

  error(module: string, message: string): void {
    this.#write('err', module, message)
  }

  warn(module: string, message: string): void {
    this.#write('warn', module, message)
  }

  info(module: string, message: string): void {
    this.#write('info', module, message)
  }

  #write(level: Level, module: string, message: string): void {
    if (rank(this.#levels.get(module) ?? this.#level) < rank(level)) return
    const number = String(++this.#count).padStart(5, '0')
    this.#err(`${new Date().toISOString().slice(0, 19)}Z|${number}|${module}|${level.toUpperCase()}|${message}\n`)
  }
}

/** A log to standard error as the options want it. */
export function openLog({ logging }: Readonly<LogOptions>, io: { err(text: string): void }, level: Level): Log {
  const log = new Log((text) => {
    io.err(text)
  }, level)
  for (const spec of logging) log.configure(spec)
  return log
}
