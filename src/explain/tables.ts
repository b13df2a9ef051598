import { TABLES } from '../../flows/index.js'

const NAMES = new Map(Object.entries(TABLES).map(([name, { id }]) => [id, name]))

/** A table by the name that the layout gives it; one that is not ours by its number. */
export function tableName(id: number): string {
  return NAMES.get(id) ?? String(id)
}

/** Tables that judge, rather than find the way: a packet that one of them drops was brought to the right host. */
const JUDGES: ReadonlySet<string> = new Set([
  ...['connection', 'egress_admin', 'egress', 'ingress_admin', 'ingress'],
])

export function isPolicyTable(name: string | undefined): boolean {
  return name !== undefined && JUDGES.has(name)
}
