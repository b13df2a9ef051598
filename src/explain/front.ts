import { type Action, type Flow, match, type Packet, type SwitchModel, trace, type Value } from 'openflow-ts'
import { TABLES } from '../../flows/index.js'
import { Alike } from './alike.js'
import { slotOf } from './bits.js'
import type { FabricHost } from './fabric-host.js'
import { type DestinationField, flowsFor } from './stage.js'
import { complaintsOf } from './verdict.js'

/**
 * Tables that look at whom a pod's packet says it is from: its port and addresses. Those behind them do not, so that packets
 * of many pods are alike there. A host's pipeline is worked out in two parts for that.
 */
const FRONT: ReadonlySet<number> = new Set([TABLES.classify.id, TABLES.anti_spoof.id])

/** What the front made of a packet: it goes on in a table, or was dropped in one. */
export type Passed =
  | { readonly type: 'on'; readonly table: number; readonly packet: Packet }
  | { readonly type: 'dropped'; readonly table: number }

export class Front {
  readonly #host: FabricHost
  readonly #front: SwitchModel
  readonly #behind: readonly Flow[]
  readonly #alike: Alike
  readonly #slot: number

  private constructor(host: FabricHost, destination: DestinationField, front: readonly Flow[], behind: readonly Flow[]) {
    this.#host = host
    this.#slot = slotOf(destination)
    this.#front = host.switchWith(front)
    this.#behind = behind
    this.#alike = new Alike(flowsFor(destination, front))
  }

  /** Undefined where something leads back to the front: there are no two parts then. */
  static of(host: FabricHost, destination: DestinationField): Front | undefined {
    const flows = [...host.model.flows()]
    const behind = flows.filter(({ table_id }) => !FRONT.has(table_id))
    if (behind.some(({ actions }) => actions.some(leadsToFront))) return undefined
    return new Front(host, destination, flows.filter(({ table_id }) => FRONT.has(table_id)), behind)
  }

  /** As of `Alike`: destinations between which the front makes no difference. */
  classOf(destination: Value): number {
    return this.#alike.classOf(this.#slot, destination)
  }

  /** The tables behind the front, entered in this one. */
  behind(table: number): SwitchModel {
    const begin: Flow = { table_id: 0, priority: 0, cookie: 0n, match: match({}), actions: [goto(table)] }
    return this.#host.switchWith([...this.#behind, begin])
  }

  /** Undefined where the front does more than to let the packet through: then it has no part by itself. */
  pass(packet: Packet): Passed | undefined {
    const result = trace(this.#front, packet)
    const visits = result.tablesVisited
    if (result.resumed.length > 0 || result.effects.length > 0 || complaintsOf(result).length > 0) return undefined
    if (!visits.every(({ flow }) => flow === undefined || isSimple(flow.actions))) return undefined
    const { table_id: table = 0 } = visits.at(-1) ?? {}
    return FRONT.has(table) ? { type: 'dropped', table } : { type: 'on', table, packet: result.final }
  }
}

const goto = (table_id: number): Action => ({ type: 'goto_table', table_id })

/** Notes something of the packet, which itself stays as it is, and goes on elsewhere as the last thing. */
function isSimple(actions: readonly Action[]): boolean {
  return actions.every((action, i) => {
    const last = i === actions.length - 1
    switch (action.type) {
      case 'set_field':
        return /^(x*reg\d+|metadata)$/.test(action.field)
      case 'load':
        return /^(x*reg\d+|metadata)$/.test(action.dst.field)
      case 'write_metadata':
        return true
      case 'goto_table':
        return last
      case 'resubmit':
        return last && action.table !== undefined && action.port === undefined && action.ct !== true
      default:
        return false
    }
  })
}

function leadsToFront(action: Action): boolean {
  switch (action.type) {
    case 'goto_table':
      return FRONT.has(action.table_id)
    case 'resubmit':
      return action.table !== undefined && FRONT.has(action.table)
    case 'ct':
      return (action.table !== undefined && FRONT.has(action.table)) || action.actions.some(leadsToFront)
    case 'clone':
    case 'write_actions':
      return action.actions.some(leadsToFront)
    default:
      return false
  }
}
