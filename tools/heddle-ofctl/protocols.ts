/** Which flow format a connection uses, and how a switch is asked to use another. */
import {
  firstProtocol,
  FLOW_FORMATS,
  type Message,
  PROTOCOLS,
  type Protocols,
  protocolsOfVersion,
  protocolsToString,
  versionOfProtocol,
  withTableId,
} from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import type { Options } from './options.js'
import type { Switch } from './switch.js'

const setFlowFormat = (protocol: Protocols): Message => ({
  type: 'SET_FLOW_FORMAT',
  format: (protocol & PROTOCOLS.OF10_NXM_ANY) === 0 ? 'openflow10' : 'nxm',
})

/** The next step from one format to another of the same version: the request, and the format that it leads to. */
function nextStep(from: Protocols, to: Protocols): readonly [Message, Protocols] | undefined {
  const hasTableId = from === withTableId(from, true)
  if (withTableId(from, true) !== withTableId(to, true)) return [setFlowFormat(to), withTableId(to, hasTableId)]
  if (from !== to) return [{ type: 'FLOW_MOD_TABLE_ID', set: hasTableId ? 0 : 1 }, to]
  return undefined
}

/** Brings a connection from one format to another. False when the switch refuses; it may be half way then. */
async function trySetProtocol(sw: Switch, from: Protocols, to: Protocols): Promise<boolean> {
  if (versionOfProtocol(from) !== versionOfProtocol(to)) return false
  let current = from
  for (;;) {
    const step = nextStep(current, to)
    if (step === undefined) return true
    const [request, reached] = step
    if ((await sw.confirm(sw.encode(request))) !== undefined) return false
    current = reached
  }
}

/** The format that a new connection uses. */
export const initialProtocol = (sw: Switch): Protocols => firstProtocol(protocolsOfVersion(sw.version))

function refuseDisjoint(usable: Protocols, allowed: Protocols): never {
  throw new FatalError(
    `none of the usable flow formats (${protocolsToString(usable)}) is among the ` +
      `allowed flow formats (${protocolsToString(allowed)})`,
  )
}

function refuseUnsupported(usable: Protocols): never {
  throw new FatalError(`switch does not support any of the usable flow formats (${protocolsToString(usable)})`)
}

/** Before anything is sent: whether a format is left at all. @throws FatalError */
export function checkUsable(usable: Protocols, { protocols }: Options): void {
  if ((usable & protocols) === 0) refuseDisjoint(usable, protocols)
}

async function settle(sw: Switch, candidates: readonly Protocols[]): Promise<Protocols | undefined> {
  const initial = initialProtocol(sw)
  for (const candidate of candidates) {
    if (await trySetProtocol(sw, initial, candidate)) return candidate
  }
  return undefined
}

/**
 * Chooses a format in which to change flows: the connection's own if it will do, else the first that the switch
 * accepts. @throws FatalError
 */
export async function settleForMods(sw: Switch, usable: Protocols, { protocols }: Options): Promise<Protocols> {
  const initial = initialProtocol(sw)
  const possible = usable & protocols
  if ((possible & initial) !== 0) return initial
  const candidates = FLOW_FORMATS.map(({ protocol }) => protocol).filter((one) => one !== initial && (one & possible) !== 0)
  return (await settle(sw, candidates)) ?? refuseUnsupported(usable)
}

/** In which formats flows can be asked for, best first. */
const DUMP_FORMATS: readonly Protocols[] = [
  PROTOCOLS.OF15_OXM,
  PROTOCOLS.OF14_OXM,
  PROTOCOLS.OF13_OXM,
  PROTOCOLS.OF12_OXM,
  PROTOCOLS.OF11_STD,
  PROTOCOLS.OF10_NXM,
  PROTOCOLS.OF10_STD,
]

/** Chooses the most expressive format in which to ask for flows. @throws FatalError */
export async function settleForDump(sw: Switch, usable: Protocols, { protocols }: Options): Promise<Protocols> {
  const chosen = await settle(sw, DUMP_FORMATS.filter((one) => (one & usable & protocols) !== 0))
  if (chosen !== undefined) return chosen
  checkUsable(usable, { protocols } as Options)
  return refuseUnsupported(usable)
}

/** Messages about flows have two forms in OpenFlow 1.0. */
const NXM_FORMS: Readonly<Record<string, string>> = {
  FLOW_MOD: 'NXT_FLOW_MOD',
  FLOW_STATS_REQUEST: 'NXST_FLOW request',
  AGGREGATE_STATS_REQUEST: 'NXST_AGGREGATE request',
}

/** A message about flows as a format wants it: in OpenFlow 1.0 a flow-mod may not be able to name a table. */
export function inProtocol<M extends Message>(message: M, protocol: Protocols): M {
  if ((protocol & PROTOCOLS.OF10_ANY) === 0) return message
  const form = (protocol & PROTOCOLS.OF10_NXM_ANY) === 0 ? undefined : NXM_FORMS[message.type]
  const hidesTable = message.type === 'FLOW_MOD' && (protocol & PROTOCOLS.TID) === 0
  return { ...message, ...(form !== undefined && { form }), ...(hidesTable && { table_id: 0 }) }
}
