import type { Kinds } from '../vector.js'
import { ENCODE_KINDS } from './encode.js'
import { JSON_KINDS } from './json.js'
import { NETPOL_KINDS } from './netpol.js'
import { OFCTL_KINDS } from './ofctl.js'
import { OVSDB_EXECUTE_KINDS } from './ovsdb-execute.js'
import { OVSDB_IDL_KINDS } from './ovsdb-idl.js'
import { OVSDB_MONITOR_KINDS } from './ovsdb-monitor.js'
import { OVSDB_UNIT_KINDS } from './ovsdb-unit.js'
import { ROUNDTRIP_KINDS } from './roundtrip.js'
import { SCENARIO_KINDS } from './scenario.js'

/** Every kind of vector that we answer. */
export const KINDS: Kinds = {
  ...OFCTL_KINDS,
  ...ENCODE_KINDS,
  ...ROUNDTRIP_KINDS,
  ...SCENARIO_KINDS,
  ...JSON_KINDS,
  ...OVSDB_UNIT_KINDS,
  ...OVSDB_EXECUTE_KINDS,
  ...OVSDB_IDL_KINDS,
  ...OVSDB_MONITOR_KINDS,
  ...NETPOL_KINDS,
}
