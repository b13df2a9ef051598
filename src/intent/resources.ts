import type { KindName, Ref, SpecOf } from '../model/kinds.js'
import type { Change } from '../store/store.js'
import type {
  AdminPolicyRecord,
  BandwidthProfileRecord,
  HostRecord,
  NetworkPolicyRecord,
  NetworkRecord,
  PeeringRecord,
  PodRecord,
  TenantRecord,
} from '../model/records.js'

export interface RecordOf {
  Tenant: TenantRecord
  Network: NetworkRecord
  Host: HostRecord
  Pod: PodRecord
  NetworkPolicy: NetworkPolicyRecord
  AdminPolicy: AdminPolicyRecord
  Peering: PeeringRecord
  BandwidthProfile: BandwidthProfileRecord
}

/** A stored resource: what was asked for (`record.spec`) and what was allocated for it. */
export interface Stored<K extends KindName = KindName> {
  readonly kind: K
  readonly ref: Ref
  readonly record: RecordOf[K]
  readonly revision: number
}

/** What a write did. `created` false: an existing one was replaced, or nothing differed (then `revision` is its old one). */
export interface Written<K extends KindName = KindName> {
  readonly stored: Stored<K>
  readonly created: boolean
  /** Revision of the commit; every host that realized it has this change. */
  readonly commit: number
}

export interface WriteOptions {
  /** Compare-and-swap: the revision that the resource must have; 0: it must not exist. Else PRECONDITION_FAILED. */
  readonly ifRevision?: number
}

/** A write (of unchecked input), or, without a spec, a deletion. */
export interface Edit {
  readonly kind: KindName
  readonly ref: Ref
  readonly spec?: unknown
  /** `create`: refused where it exists. */
  readonly op: 'create' | 'put' | 'delete'
  readonly ifRevision?: number
}

/**
 * The commands of the API: validation, references, allocation and the write are one store transaction, so a refused
 * request changes nothing. All methods throw HeddleError.
 */
export interface Resources {
  get<K extends KindName>(kind: K, ref: Ref): Stored<K> | undefined
  /** In key order. `scope` narrows to a tenant, or a tenant's network. */
  list<K extends KindName>(kind: K, scope?: Partial<Ref>): Stored<K>[]
  /** Refuses with ALREADY_EXISTS. `spec` is unchecked input. */
  create<K extends KindName>(kind: K, ref: Ref, spec: unknown): Promise<Written<K>>
  /** Creates or replaces. */
  put<K extends KindName>(kind: K, ref: Ref, spec: unknown, options?: WriteOptions): Promise<Written<K>>
  /** Refuses with NOT_FOUND, and with IN_USE while others refer to it. */
  delete(kind: KindName, ref: Ref, options?: WriteOptions): Promise<{ readonly commit: number }>
  /**
   * What these would do together, in this order, without doing it: what the store would change. Refuses as they would.
   */
  rehearse(edits: readonly Edit[]): readonly Change[]
  /** Checks names and spec alone, as `create` would first: what a client can do without the store. */
  validate<K extends KindName>(kind: K, ref: Ref, spec: unknown): SpecOf[K]
}
