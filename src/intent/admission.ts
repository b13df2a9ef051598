import { describeRef, type KindName, KINDS, type Ref, resourceKey, type SpecOf } from '../model/kinds.js'
import { HeddleError } from '../model/errors.js'
import { validateRef, validateSpec } from '../model/validate.js'
import { equalJson } from '../store/json.js'
import type { Change, Store, Tx } from '../store/store.js'
import { bandwidthRules } from './admit-bandwidth.js'
import { hostRules } from './admit-host.js'
import { networkRules } from './admit-network.js'
import { peeringRules } from './admit-peering.js'
import { podRules } from './admit-pod.js'
import { adminPolicyRules, networkPolicyRules } from './admit-policy.js'
import { tenantRules } from './admit-tenant.js'
import type { KindRules } from './rules.js'
import type { Edit, RecordOf, Resources, Stored, WriteOptions, Written } from './resources.js'

const RULES: { readonly [K in KindName]: KindRules<K> } = {
  Tenant: tenantRules,
  Network: networkRules,
  Host: hostRules,
  Pod: podRules,
  NetworkPolicy: networkPolicyRules,
  AdminPolicy: adminPolicyRules,
  Peering: peeringRules,
  BandwidthProfile: bandwidthRules,
}

/** The commands of the API on a store: see `Resources`. */
export class Admission implements Resources {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get<K extends KindName>(kind: K, ref: Ref): Stored<K> | undefined {
    const entry = this.#store.get<RecordOf[K]>(resourceKey(kind, ref))
    return entry && { kind, ref: pathOf(kind, ref), record: entry.value, revision: entry.revision }
  }

  list<K extends KindName>(kind: K, scope: Partial<Ref> = {}): Stored<K>[] {
    const { plural, path } = KINDS[kind]
    const parents: string[] = []
    for (const field of path.slice(0, -1)) {
      const value = scope[field]
      if (value === undefined) break
      parents.push(value)
    }
    const found: Stored<K>[] = []
    for (const { key, value, revision } of this.#store.list<RecordOf[K]>([plural, ...parents, ''].join('/'))) {
      const ref = refOfKey(kind, key)
      if (path.some((field) => scope[field] !== undefined && scope[field] !== ref[field])) continue
      found.push({ kind, ref, record: value, revision })
    }
    return found
  }

  create<K extends KindName>(kind: K, ref: Ref, spec: unknown): Promise<Written<K>> {
    return this.#write(kind, ref, spec, refuseExisting(kind, ref))
  }

  put<K extends KindName>(kind: K, ref: Ref, spec: unknown, options: WriteOptions = {}): Promise<Written<K>> {
    return this.#write(kind, ref, spec, refuseOther(kind, ref, options))
  }

  async delete(kind: KindName, ref: Ref, options: WriteOptions = {}): Promise<{ readonly commit: number }> {
    validateRef(kind, ref)
    const { revision } = await this.#store.transact((tx) => {
      remove(tx, kind, ref, options)
    })
    return { commit: revision }
  }

  rehearse(edits: readonly Edit[]): readonly Change[] {
    const now = new Date().toISOString()
    const { changes } = this.#store.rehearse((tx) => {
      for (const { op, kind, ref, spec, ifRevision } of edits) {
        const options = ifRevision === undefined ? {} : { ifRevision }
        if (op === 'delete') {
          validateRef(kind, ref)
          remove(tx, kind, ref, options)
        } else {
          const check = op === 'create' ? refuseExisting(kind, ref) : refuseOther(kind, ref, options)
          write(tx, kind, pathOf(kind, ref), this.validate(kind, ref, spec), check, now)
        }
      }
    })
    return changes
  }

  validate<K extends KindName>(kind: K, ref: Ref, spec: unknown): SpecOf[K] {
    validateRef(kind, ref)
    return validateSpec(kind, spec)
  }

  async #write<K extends KindName>(kind: K, ref: Ref, input: unknown, check: Check): Promise<Written<K>> {
    const spec = this.validate(kind, ref, input)
    const path = pathOf(kind, ref)
    const now = new Date().toISOString()
    const { revision, value } = await this.#store.transact((tx) => write(tx, kind, path, spec, check, now))
    // Not read again: requests committed in the same batch may have replaced or deleted it since.
    const stored = { kind, ref: path, record: value.record, revision: value.revision ?? revision }
    return { stored, created: value.created, commit: revision }
  }
}

/** Refuses a write for what is there. */
type Check = (current: { readonly revision: number } | undefined) => void

function refuseExisting(kind: KindName, ref: Ref): Check {
  return (current) => {
    if (current !== undefined) throw new HeddleError('ALREADY_EXISTS', `${describeRef(kind, ref)} exists already`)
  }
}

function refuseOther(kind: KindName, ref: Ref, options: WriteOptions): Check {
  return (current) => {
    checkRevision(kind, ref, options, current?.revision)
  }
}

/** `revision` undefined: that of the transaction. */
interface Outcome<K extends KindName> {
  readonly record: RecordOf[K]
  readonly revision: number | undefined
  readonly created: boolean
}

function write<K extends KindName>(
  tx: Tx,
  kind: K,
  ref: Ref,
  spec: SpecOf[K],
  check: Check,
  now: string,
): Outcome<K> {
  const key = resourceKey(kind, ref)
  const rules: KindRules<K> = RULES[kind]
  requireParents(tx, kind, ref)
  const current = tx.get<RecordOf[K]>(key)
  check(current)
  if (current !== undefined && equalJson(current.value.spec, spec) && (rules.isSettled?.(tx, ref, current.value) ?? true)) {
    return { record: current.value, revision: current.revision, created: false }
  }
  const record = rules.admit(tx, ref, spec, current?.value, now)
  tx.put(key, record)
  return { record, revision: undefined, created: current === undefined }
}

function remove(tx: Tx, kind: KindName, ref: Ref, options: WriteOptions): void {
  const current = tx.get<RecordOf[typeof kind]>(resourceKey(kind, ref))
  if (current === undefined) throw new HeddleError('NOT_FOUND', `${describeRef(kind, ref)} does not exist`)
  checkRevision(kind, ref, options, current.revision)
  const rules = RULES[kind] as KindRules<typeof kind>
  rules.release(tx, pathOf(kind, ref), current.value)
  tx.delete(resourceKey(kind, ref))
}

/** Parents by their keys: `networks/red/web` belongs to `tenants/red`. */
function requireParents(tx: Tx, kind: KindName, ref: Ref): void {
  if (ref.tenant !== undefined) requireResource(tx, 'Tenant', { name: ref.tenant })
  if (kind === 'Pod' && ref.tenant !== undefined && ref.network !== undefined) {
    requireResource(tx, 'Network', { tenant: ref.tenant, name: ref.network })
  }
}

function requireResource(tx: Tx, kind: KindName, ref: Ref): void {
  if (tx.get(resourceKey(kind, ref)) === undefined) {
    throw new HeddleError('NOT_FOUND', `${describeRef(kind, ref)} does not exist`)
  }
}

function checkRevision(kind: KindName, ref: Ref, { ifRevision }: WriteOptions, actual: number | undefined): void {
  if (ifRevision === undefined || ifRevision === (actual ?? 0)) return
  const is = actual === undefined ? 'does not exist' : `is at revision ${actual}`
  const wanted = ifRevision === 0 ? 'that it does not exist' : `revision ${ifRevision}`
  throw new HeddleError('PRECONDITION_FAILED', `${describeRef(kind, ref)} ${is}; the request asks for ${wanted}`)
}

/** Only the fields of the kind's path: callers may pass more. */
function pathOf(kind: KindName, ref: Ref): Ref {
  return Object.fromEntries(KINDS[kind].path.map((field) => [field, ref[field]])) as unknown as Ref
}

/** The inverse of `resourceKey`. */
export function refOfKey(kind: KindName, key: string): Ref {
  const [, ...names] = key.split('/')
  return Object.fromEntries(KINDS[kind].path.map((field, i) => [field, names[i]])) as unknown as Ref
}
