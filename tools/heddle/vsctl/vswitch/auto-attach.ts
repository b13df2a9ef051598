import type { Atom } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Command, Context, Invocation } from '../command.js'
import type { Needs } from '../database/needs.js'
import { references, type Row } from '../database/transaction.js'
import { needTopology, type Vswitch } from './state.js'
import { asAtom, leadingInteger, mapOf, pairsOf } from './values.js'

/** A mapping of the command line: a service identifier and a VLAN. */
function parseMapping({ args: [, ...numbers] }: Context<Vswitch>): readonly [isid: Atom, vlan: Atom] {
  const [isid = 0, vlan = 0] = numbers.map((text) => {
    if (!/^\s*[-+]?\d/.test(text)) throw new CtlError(`Invalid argument ${text}`)
    return asAtom(leadingInteger(text))
  })
  return [isid, vlan]
}

function autoAttachOf({ transaction }: Vswitch, bridge: Row): Row | undefined {
  return transaction.referenced(bridge, 'auto_attach')[0]
}

function insertAutoAttach({ transaction }: Vswitch, bridge: Row): Row {
  const inserted = transaction.insert('AutoAttach')
  bridge.write('auto_attach', references([inserted]))
  return inserted
}

const prepare = (_invocation: Invocation, needs: Needs): void => {
  needTopology(needs)
  needs.columns('Bridge', ['auto_attach'])
  needs.columns('AutoAttach', ['mappings'])
}

/** ovs-vsctl(8), "Auto-Attach Commands". */
export const AUTO_ATTACH_COMMANDS: readonly Command<Vswitch>[] = [
  {
    name: 'add-aa-mapping',
    usage: 'BRIDGE I-SID VLAN',
    summary: 'add Auto Attach mapping to BRIDGE',
    min: 3,
    max: 3,
    prepare,
    run: (context) => {
      const mapping = parseMapping(context)
      const bridge = context.state.bridge(context.arg(0)).row
      const attach = autoAttachOf(context.state, bridge) ?? insertAutoAttach(context.state, bridge)
      attach.write('mappings', mapOf([...pairsOf(attach, 'mappings'), mapping]))
    },
  },
  {
    name: 'del-aa-mapping',
    usage: 'BRIDGE I-SID VLAN',
    summary: 'delete Auto Attach mapping from BRIDGE',
    min: 3,
    max: 3,
    prepare,
    run: (context) => {
      const [isid, vlan] = parseMapping(context)
      const attach = autoAttachOf(context.state, context.state.bridge(context.arg(0)).row)
      if (attach === undefined) return
      const pairs = pairsOf(attach, 'mappings')
      if (!pairs.some(([key, value]) => key === isid && value === vlan)) return
      // As in ovs-vsctl, other services on the same VLAN go with it.
      attach.write('mappings', mapOf(pairs.filter(([key, value]) => key !== isid && value !== vlan)))
    },
  },
  {
    name: 'get-aa-mapping',
    usage: 'BRIDGE',
    summary: 'get Auto Attach mappings from BRIDGE',
    min: 1,
    max: 1,
    prepare,
    run: (context) => {
      const bridge = context.state.bridge(context.arg(0)).row
      bridge.verify('auto_attach')
      const attach = autoAttachOf(context.state, bridge)
      if (attach === undefined) return
      attach.verify('mappings')
      for (const [isid, vlan] of pairsOf(attach, 'mappings')) context.print(`${String(isid)} ${String(vlan)}`)
    },
  },
]
