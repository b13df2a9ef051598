import type { Uuid } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Command, Context, Invocation } from '../command.js'
import type { Needs } from '../database/needs.js'
import { references, type Row } from '../database/transaction.js'
import type { Vswitch } from './state.js'
import { asAtom, asInt, leadingInteger, mapOf, pairsOf } from './values.js'

/** The datapath of a type such as `system`. */
function findDatapath({ ovs, transaction }: Vswitch, type: string): Row | undefined {
  const found = pairsOf(ovs, 'datapaths').find(([key]) => key === type)
  return found === undefined ? undefined : transaction.row('Datapath', found[1] as Uuid)
}

function datapath(state: Vswitch, type: string): Row {
  const row = findDatapath(state, type)
  if (row === undefined) throw new CtlError(`datapath ${type} does not exist`)
  return row
}

/** `zone=NUMBER`. */
function parseZone(text: string): bigint {
  const [, digits] = /^zone=\s*([-+]?\d+)/.exec(text) ?? []
  if (digits === undefined) throw new CtlError(`Invalid argument ${text}`)
  return leadingInteger(digits)
}

/** `POLICY=SECONDS`; of several for one policy, the first. */
function parseTimeouts(args: readonly string[]): ReadonlyMap<string, number> {
  const timeouts = new Map<string, number>()
  for (const arg of args) {
    const at = arg.indexOf('=')
    const [policy, seconds] = at < 0 ? [arg, ''] : [arg.slice(0, at), arg.slice(at + 1)]
    if (!timeouts.has(policy)) timeouts.set(policy, asInt(leadingInteger(seconds)))
  }
  return timeouts
}

function addZone(context: Context<Vswitch>): void {
  const { state, args: [type = '', zoneText = '', ...policies] } = context
  const zone = asAtom(parseZone(zoneText))
  const row = datapath(state, type)
  const zones = pairsOf(row, 'ct_zones')
  if (zones.some(([known]) => known === zone)) {
    if (context.has('--may-exist')) return
    throw new CtlError(`zone id ${String(zone)} already exists`)
  }
  const policy = state.transaction.insert('CT_Timeout_Policy')
  policy.write('timeouts', mapOf(parseTimeouts(policies)))
  const inserted = state.transaction.insert('CT_Zone')
  inserted.write('timeout_policy', references([policy]))
  row.verify('ct_zones')
  row.write('ct_zones', mapOf([...zones, [zone, inserted.uuid]]))
}

function deleteZone(context: Context<Vswitch>): void {
  const { state, args: [type = '', zoneText = ''] } = context
  const zone = asAtom(parseZone(zoneText))
  const row = datapath(state, type)
  const zones = pairsOf(row, 'ct_zones')
  if (!zones.some(([known]) => known === zone)) {
    if (context.has('--if-exists')) return
    throw new CtlError(`zone id ${String(zone)} does not exist`)
  }
  row.verify('ct_zones')
  row.write('ct_zones', mapOf(zones.filter(([known]) => known !== zone)))
}

function listZones(context: Context<Vswitch>): void {
  const { state } = context
  const { transaction } = state
  const row = findDatapath(state, context.arg(0))
  if (row === undefined) throw new CtlError(`datapath: ${context.arg(0)} record not found`)
  for (const [zone, uuid] of pairsOf(row, 'ct_zones')) {
    const zoneRow = transaction.row('CT_Zone', uuid as Uuid)
    const policies = zoneRow === undefined ? [] : transaction.referenced(zoneRow, 'timeout_policy')
    const timeouts = policies.flatMap((policy) => pairsOf(policy, 'timeouts'))
    const text = timeouts.map(([policy, seconds]) => `${String(policy)}=${String(seconds)}`).join(' ')
    context.print(`Zone:${String(zone)}, Timeout Policies: ${text === '' ? 'system default' : text}`)
  }
}

const prepare = (_invocation: Invocation, needs: Needs): void => {
  needs.columns('Open_vSwitch', ['datapaths'])
  needs.columns('Datapath', ['ct_zones', 'capabilities'])
  needs.columns('CT_Zone', ['timeout_policy'])
  needs.columns('CT_Timeout_Policy', ['timeouts'])
}

/** ovs-vsctl(8), "Conntrack Zone Commands" and "Datapath Capabilities Command". */
export const ZONE_COMMANDS: readonly Command<Vswitch>[] = [
  {
    name: 'add-zone-tp',
    usage: 'DATAPATH zone=ZONE POLICY=SECONDS...',
    summary: 'add the timeout policies of a conntrack zone',
    min: 3,
    max: Infinity,
    options: ['--may-exist'],
    prepare,
    run: addZone,
  },
  {
    name: 'del-zone-tp',
    usage: 'DATAPATH zone=ZONE',
    summary: 'delete the timeout policies of a conntrack zone',
    min: 2,
    max: 2,
    options: ['--if-exists'],
    prepare,
    run: deleteZone,
  },
  {
    name: 'list-zone-tp',
    usage: 'DATAPATH',
    summary: 'print the timeout policies of all zones in DATAPATH',
    min: 1,
    max: 1,
    prepare,
    run: listZones,
  },
  {
    name: 'list-dp-cap',
    usage: 'DATAPATH',
    summary: 'print the capabilities of DATAPATH',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      const row = findDatapath(context.state, context.arg(0))
      if (row === undefined) throw new CtlError(`datapath "${context.arg(0)}" record not found`)
      context.print(pairsOf(row, 'capabilities').map(([name, value]) => `${String(name)}=${String(value)}`).join(' '))
    },
  },
]
