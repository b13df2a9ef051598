import { CtlError } from '../errors.js'
import type { Command, CommandOption, Context, Invocation } from '../command.js'
import type { Needs } from '../database/needs.js'
import { references, type Row } from '../database/transaction.js'
import { printSorted } from './print.js'
import { needTopology, type Vswitch } from './state.js'
import { asAtom, leadingInteger, NONE, one, textOf } from './values.js'

const FAIL_MODES = ['standalone', 'secure']
const INACTIVITY_PROBE: CommandOption = '--inactivity-probe='

/** What a target may begin with. */
const TARGET_TYPES = /^(?:tcp|ssl|unix|ptcp|pssl|punix):/

/** Lets the transaction fail when other targets are set meanwhile. */
function verifyTargets({ transaction }: Vswitch, row: Row, column: string): readonly Row[] {
  row.verify(column)
  const targets = transaction.referenced(row, column)
  for (const target of targets) target.verify('target')
  return targets
}

function deleteTargets(state: Vswitch, row: Row, column: string): void {
  for (const target of verifyTargets(state, row, column)) state.transaction.delete(target)
}

/** Replaces the targets that a column refers to. */
function setTargets(context: Context<Vswitch>, row: Row, column: string, targets: readonly string[]): void {
  const { state, log, invocation } = context
  deleteTargets(state, row, column)
  const probe = invocation.options.get('--inactivity-probe')
  const rows = targets.map((target) => {
    if (!TARGET_TYPES.test(target)) log.warn('vsctl', `target type "${target}" is possibly erroneous`)
    const inserted = state.transaction.insert(row.column(column).type.key.refTable ?? '')
    inserted.write('target', one(target))
    if (probe !== undefined) inserted.write('inactivity_probe', one(asAtom(leadingInteger(probe))))
    return inserted
  })
  row.write(column, references(rows))
}

const prepareController = (_invocation: Invocation, needs: Needs): void => {
  needTopology(needs)
  needs.columns('Controller', ['target', 'inactivity_probe'])
}

const prepareManager = (_invocation: Invocation, needs: Needs): void => {
  needs.columns('Open_vSwitch', ['manager_options'])
  needs.columns('Manager', ['target', 'inactivity_probe'])
}

const prepareBridge = (_invocation: Invocation, needs: Needs): void => {
  needTopology(needs)
}

/** ovs-vsctl(8), "OpenFlow Controller Connectivity" and "Manager Connectivity". */
export const CONTROLLER_COMMANDS: readonly Command<Vswitch>[] = [
  {
    name: 'get-controller',
    usage: 'BRIDGE',
    summary: 'print the controllers for BRIDGE',
    min: 1,
    max: 1,
    prepare: prepareController,
    run: (context) => {
      const targets = verifyTargets(context.state, context.state.bridge(context.arg(0)).row, 'controller')
      printSorted(context, targets.map((target) => textOf(target, 'target')))
    },
  },
  {
    name: 'del-controller',
    usage: 'BRIDGE',
    summary: 'delete the controllers for BRIDGE',
    min: 1,
    max: 1,
    prepare: prepareController,
    run: ({ state, args: [name = ''] }) => {
      const { row } = state.realBridge(name)
      deleteTargets(state, row, 'controller')
      row.write('controller', NONE)
    },
  },
  {
    name: 'set-controller',
    usage: 'BRIDGE TARGET...',
    summary: 'set the controllers for BRIDGE',
    min: 1,
    max: Infinity,
    options: [INACTIVITY_PROBE],
    prepare: prepareController,
    run: (context) => {
      setTargets(context, context.state.realBridge(context.arg(0)).row, 'controller', context.args.slice(1))
    },
  },
  {
    name: 'get-fail-mode',
    usage: 'BRIDGE',
    summary: 'print the fail-mode for BRIDGE',
    min: 1,
    max: 1,
    prepare: prepareBridge,
    run: (context) => {
      const { row } = context.state.bridge(context.arg(0))
      row.verify('fail_mode')
      const mode = textOf(row, 'fail_mode')
      if (mode !== '') context.print(mode)
    },
  },
  {
    name: 'del-fail-mode',
    usage: 'BRIDGE',
    summary: 'delete the fail-mode for BRIDGE',
    min: 1,
    max: 1,
    prepare: prepareBridge,
    run: ({ state, args: [name = ''] }) => {
      state.realBridge(name).row.write('fail_mode', NONE)
    },
  },
  {
    name: 'set-fail-mode',
    usage: 'BRIDGE MODE',
    summary: 'set the fail-mode for BRIDGE to MODE',
    min: 2,
    max: 2,
    prepare: prepareBridge,
    run: ({ state, args: [name = '', mode = ''] }) => {
      const { row } = state.realBridge(name)
      if (!FAIL_MODES.includes(mode)) throw new CtlError('fail-mode must be "standalone" or "secure"')
      row.write('fail_mode', one(mode))
    },
  },
  {
    name: 'get-manager',
    usage: '',
    summary: 'print the managers',
    min: 0,
    max: 0,
    prepare: prepareManager,
    run: (context) => {
      const targets = verifyTargets(context.state, context.state.ovs, 'manager_options')
      printSorted(context, Array.from(new Set(targets.map((target) => textOf(target, 'target')))))
    },
  },
  {
    name: 'del-manager',
    usage: '',
    summary: 'delete the managers',
    min: 0,
    max: 0,
    prepare: prepareManager,
    run: ({ state }) => {
      deleteTargets(state, state.ovs, 'manager_options')
      state.ovs.write('manager_options', NONE)
    },
  },
  {
    name: 'set-manager',
    usage: 'TARGET...',
    summary: 'set the list of managers to TARGET...',
    min: 1,
    max: Infinity,
    options: [INACTIVITY_PROBE],
    prepare: prepareManager,
    run: (context) => {
      setTargets(context, context.state.ovs, 'manager_options', context.args)
    },
  },
]
