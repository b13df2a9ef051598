import { ADMIN_CASES } from './admin.js'
import { BLOCK_CASES } from './blocks.js'
import type { PolicyCase } from './case.js'
import { CHANGE_CASES } from './changes.js'
import { DEFAULT_CASES } from './defaults.js'
import { ICMP_CASES } from './icmp.js'
import { ISOLATION_CASES } from './isolation.js'
import { PEER_CASES } from './peers.js'
import { PORT_CASES } from './ports.js'
import { SCOPE_CASES } from './scopes.js'
import { SELECTOR_CASES } from './selectors.js'
import { TENANT_CASES } from './tenants.js'

/** The table of cases that says what policy means, by subject. */
export const POLICY_CASES: Readonly<Record<string, readonly PolicyCase[]>> = {
  selectors: SELECTOR_CASES,
  isolation: ISOLATION_CASES,
  peers: PEER_CASES,
  'networks and tenants as scopes': SCOPE_CASES,
  ports: PORT_CASES,
  ICMP: ICMP_CASES,
  'address blocks': BLOCK_CASES,
  'other tenants': TENANT_CASES,
  'Admin and Baseline': ADMIN_CASES,
  'default deny': DEFAULT_CASES,
  changes: CHANGE_CASES,
}
