import type { Action, FieldName } from 'openflow-ts'
import { IPV4_REGISTERS, REGISTERS, type RegisterSpec, type TableSpec, TABLES } from './layout.js'
import type { FlowTerm } from './terms.js'

/** A flow that breaks the declared contract of its table: a bug of ours, never a user's mistake. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  readonly code = 'FLOW_CONTRACT'
}

/** Throws ContractError unless the flow keeps to what `TABLES` says of its table. */
export function verifyTerm({ table, match, actions }: FlowTerm): void {
  const spec = TABLES[table]
  for (const field of Object.keys(match) as FieldName[]) {
    if (!spec.matches.includes(field)) throw new ContractError(`table ${table} may not match ${field}`)
  }
  for (const action of actions) verifyAction(table, spec, action)
}

function verifyAction(table: string, spec: TableSpec, action: Action): void {
  switch (action.type) {
    case 'goto_table':
      if (spec.next.some((name) => TABLES[name].id === action.table_id)) return
      throw new ContractError(`table ${table} may not continue in table ${action.table_id}`)
    case 'resubmit':
      if (spec.resubmits !== undefined && TABLES[spec.resubmits].id === action.table) return
      throw new ContractError(`table ${table} may not send packets back to table ${String(action.table)}`)
    case 'ct':
      if (action.table === undefined || spec.next.some((name) => TABLES[name].id === action.table)) return
      throw new ContractError(`table ${table} may not continue in table ${action.table}`)
    case 'meter':
      if (spec.meters === true) return
      throw new ContractError(`table ${table} may not have meters`)
    case 'set_queue':
      if (spec.queues === true) return
      throw new ContractError(`table ${table} may not have queues`)
    case 'controller':
      if (spec.reports === true || spec.conjunctive === true) return
      throw new ContractError(`table ${table} may not hand packets to the controller`)
    case 'conjunction':
      if (spec.conjunctive === true) return
      throw new ContractError(`table ${table} has no rules, but the action ${action.type}`)
    case 'output':
    case 'output_reg':
      if (spec.outputs === true) return
      throw new ContractError(`table ${table} may not output`)
    case 'set_field':
      verifyWrite(table, action.field)
      return
    case 'load':
    case 'move':
    case 'pop':
      verifyWrite(table, action.dst.field)
      return
    case 'push':
    case 'dec_ttl':
    case 'write_metadata':
      return
    default:
      throw new ContractError(`table ${table} may not have the action ${action.type}`)
  }
}

const DECLARED: ReadonlySet<FieldName> = new Set([
  ...Object.values(REGISTERS).map(({ field }) => field),
  ...Object.values(IPV4_REGISTERS),
])

/** Fields of the packet are free to write, registers only as declared. */
function verifyWrite(table: string, field: FieldName): void {
  if (!/^(x*reg[0-9]+|metadata)$/.test(field) || DECLARED.has(field)) return
  throw new ContractError(`table ${table} writes ${field}, which no register of the layout is in`)
}

/** Throws ContractError when two registers share a bit. */
export function verifyRegisters(registers: Readonly<Record<string, RegisterSpec>> = REGISTERS): void {
  const taken = new Map<string, string>()
  for (const [name, { field, bits }] of Object.entries(registers)) {
    for (let bit = bits[0]; bit <= bits[1]; bit++) {
      const place = placeOf(field, bit)
      const holder = taken.get(place)
      if (holder !== undefined) throw new ContractError(`${place} is both ${holder} and ${name}`)
      taken.set(place, name)
    }
  }
}

/** The bit of a 32-bit register that a bit of a wider one is: xreg1 is reg2 (upper half) and reg3, xxreg1 is reg4 to reg7. */
function placeOf(field: FieldName, bit: number): string {
  const wide = /^(x{1,2})reg([0-9]+)$/.exec(field)
  if (wide === null) return `${field}[${bit}]`
  const parts = wide[1] === 'x' ? 2 : 4
  const register = Number(wide[2]) * parts + parts - 1 - Math.floor(bit / 32)
  return `reg${register}[${bit % 32}]`
}
