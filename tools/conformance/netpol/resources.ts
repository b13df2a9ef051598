/** Heddle's resources as a client sends them: names and spec. Frozen, for they are data that many share. */
import type { KindName, Ref, SpecOf } from '../../../src/model/kinds.js'
import type * as policy from '../../../src/model/policy.js'

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: Frozen<T[Field]> }
    : T

export interface ResourceOf<K extends KindName> {
  readonly kind: K
  readonly ref: Ref
  readonly spec: Frozen<SpecOf[K]>
}

export type Resource = { [K in KindName]: ResourceOf<K> }[KindName]

export type Labels = Readonly<Record<string, string>>
export type Selector = Frozen<policy.Selector>
export type Requirement = NonNullable<Selector['matchExpressions']>[number]
export type IpBlock = Frozen<policy.IpBlock>
export type PolicyPeer = Frozen<policy.PolicyPeer>
export type PolicyPort = Frozen<policy.PolicyPort>
export type PodPort = Frozen<policy.PodPort>
export type NetworkPolicySpec = Frozen<SpecOf['NetworkPolicy']>
export type AdminPolicySpec = Frozen<SpecOf['AdminPolicy']>
export type TenantSpec = Frozen<SpecOf['Tenant']>
export type NetworkSpec = Frozen<SpecOf['Network']>
export type PodSpec = Frozen<SpecOf['Pod']>
export type { KindName, Ref } from '../../../src/model/kinds.js'
export type { AdminAction, Direction, Protocol } from '../../../src/model/policy.js'
