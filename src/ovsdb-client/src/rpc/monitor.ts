import { ProtocolError } from '../errors.js'
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonObject } from '../json/value.js'

/** RFC 7047 `<monitor-request>`, with ovsdb-server(7)'s `where`. */
export interface MonitorRequest {
  readonly columns?: readonly string[]
  readonly select?: { readonly [K in 'initial' | 'insert' | 'delete' | 'modify']?: boolean }
  /** Conditions in RFC 7047 notation: a row that meets any of them is monitored (not with plain `monitor`). */
  readonly where?: readonly Json[]
}

/** What to monitor of each table; more than one request a table is allowed for disjoint columns. */
export type MonitorRequests = Readonly<Record<string, MonitorRequest | readonly MonitorRequest[]>>

/** How table updates are written: RFC 7047's, or that of monitor_cond (ovsdb-server(7)). */
export type UpdateFormat = 'update' | 'update2'

/** One message of the server's about the tables monitored. */
export type MonitorUpdate =
  | {
      /** `initial`: what was there when the monitor began. `change`: what one or more transactions changed. */
      readonly kind: 'initial' | 'change'
      readonly format: UpdateFormat
      /** Table updates in the format's notation. */
      readonly updates: JsonObject
      /** With monitor_cond_since: the transaction that these updates lead to. */
      readonly transactionId?: string
      /** With monitor_cond_since, in the initial message: whether `updates` begin at the transaction asked for. */
      readonly found?: boolean
    }
  | {
      /** The server has ended the monitor: its database is gone or has been converted. */
      readonly kind: 'canceled'
    }

export type OnUpdate = (update: MonitorUpdate) => void

/** A monitor that runs. */
export interface Monitor {
  readonly id: string
  readonly method: MonitorMethod
}

interface MethodSpec {
  readonly format: UpdateFormat
  /** Reads the reply to the request. */
  readonly readInitial: (result: Json, format: UpdateFormat) => MonitorUpdate
}

/** The methods that begin a monitor, by what answers them. */
export const MONITOR_METHODS = {
  monitor: { format: 'update', readInitial: plainInitial },
  monitor_cond: { format: 'update2', readInitial: plainInitial },
  monitor_cond_since: { format: 'update2', readInitial: sinceInitial },
} as const satisfies Record<string, MethodSpec>

export type MonitorMethod = keyof typeof MONITOR_METHODS

type ReadUpdate = (params: readonly Json[]) => MonitorUpdate

/** The notifications that carry updates: how to read their parameters after the monitor's id. */
export const UPDATE_NOTIFICATIONS: ReadonlyMap<string, ReadUpdate> = new Map<string, ReadUpdate>([
  ['update', ([updates]) => change('update', updates)],
  ['update2', ([updates]) => change('update2', updates)],
  ['update3', ([id, updates]) => ({ ...change('update2', updates), transactionId: text(id) })],
  ['monitor_canceled', () => ({ kind: 'canceled' })],
])

function change(format: UpdateFormat, updates: Json | undefined): MonitorUpdate & { kind: 'change' } {
  return { kind: 'change', format, updates: tableUpdates(updates) }
}

function plainInitial(result: Json, format: UpdateFormat): MonitorUpdate {
  return { kind: 'initial', format, updates: tableUpdates(result) }
}

function sinceInitial(result: Json, format: UpdateFormat): MonitorUpdate {
  const [found, transactionId, updates] = isJsonArray(result) ? result : []
  if (typeof found !== 'boolean') throw new ProtocolError(`malformed monitor_cond_since reply ${excerpt(result)}`)
  return { kind: 'initial', format, updates: tableUpdates(updates), transactionId: text(transactionId), found }
}

function tableUpdates(json: Json | undefined): JsonObject {
  if (isJsonObject(json)) return json
  throw new ProtocolError(`expected table updates, got ${excerpt(json)}`)
}

function text(json: Json | undefined): string {
  if (typeof json === 'string') return json
  throw new ProtocolError(`expected a transaction id, got ${excerpt(json)}`)
}
