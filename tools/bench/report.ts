import type { PhaseResult } from './phase.js'
import { type Kind, KINDS } from './processes.js'

/** Prints `key: value` lines as they become known, and remembers them. */
export class Report {
  readonly #values = new Map<string, string>()
  readonly #write: (line: string) => void

  constructor(write: (line: string) => void = (line) => process.stdout.write(`${line}\n`)) {
    this.#write = write
  }

  get values(): ReadonlyMap<string, string> {
    return this.#values
  }

  /** Numbers with at most `digits` decimals. */
  put(key: string, value: string | number | boolean, digits = 3): void {
    const text = typeof value === 'number' ? String(round(value, digits)) : String(value)
    this.#values.set(key, text)
    this.#write(`${key}: ${text}`)
  }

  /** p50, p99 (nearest rank), mean and maximum, in ms, of values in seconds. */
  spread(key: string, seconds: readonly number[]): void {
    if (seconds.length === 0) return
    const ranked = seconds.map((value) => 1000 * value).sort((a, b) => a - b)
    for (const percent of [50, 99]) this.put(`${key}.p${percent}`, nearestRank(ranked, percent), 2)
    this.put(`${key}.mean`, sum(ranked) / ranked.length, 2)
    this.put(`${key}.max`, ranked.at(-1) ?? 0, 2)
  }

  /** What a stretch of the run consumed; `pods`: how many it was for. */
  phase(name: string, phase: PhaseResult, pods?: number): void {
    for (const kind of KINDS) this.put(`${name}.cpu_s.${kind}`, phase.byKind[kind], 2)
    const work = workOf(phase.byKind)
    this.put(`${name}.cpu_s.total`, work, 2)
    if (pods !== undefined && pods > 0) this.put(`${name}.cpu_ms_per_pod`, (1000 * work) / pods, 2)
    this.put(`${name}.wall_s`, phase.wallS, 2)
    this.put(`${name}.others_cpu_s`, phase.othersS, 2)
    this.put(`${name}.stolen_cpu_s`, phase.stolenS, 2)
  }
}

/** What the system under test used: all but the driver. */
function workOf(byKind: Readonly<Record<Kind, number>>): number {
  return sum(KINDS.filter((kind) => kind !== 'driver').map((kind) => byKind[kind]))
}

export function log(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function nearestRank(ranked: readonly number[], percent: number): number {
  return ranked[Math.ceil((ranked.length * percent) / 100) - 1] ?? 0
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale
}
