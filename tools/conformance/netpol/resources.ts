/** Heddle's resources as far as policy is about them: names and spec, as a client would send them. */

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly Requirement[]
}

export type Labels = Readonly<Record<string, string>>

export interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

export type Protocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6'

export interface IpBlock {
  readonly cidr: string
  readonly except?: readonly string[]
}

export interface PolicyPeer {
  readonly podSelector?: Selector
  readonly networkSelector?: Selector
  readonly tenantSelector?: Selector
  readonly ipBlock?: IpBlock
}

export interface PolicyPort {
  readonly protocol?: Protocol
  readonly port?: number | string
  readonly endPort?: number
  readonly icmpType?: number
  readonly icmpCode?: number
}

export interface IngressRule {
  readonly from?: readonly PolicyPeer[]
  readonly ports?: readonly PolicyPort[]
}

export interface EgressRule {
  readonly to?: readonly PolicyPeer[]
  readonly ports?: readonly PolicyPort[]
}

export type Direction = 'Ingress' | 'Egress'

export interface NetworkPolicySpec {
  readonly network?: string
  readonly podSelector?: Selector
  readonly policyTypes?: readonly Direction[]
  readonly ingress?: readonly IngressRule[]
  readonly egress?: readonly EgressRule[]
}

export type AdminAction = 'Allow' | 'Deny' | 'Pass'

export interface AdminPolicySpec {
  readonly tier?: 'Admin' | 'Baseline'
  readonly priority: number
  readonly subject?: Omit<PolicyPeer, 'ipBlock'>
  readonly ingress?: readonly (IngressRule & { readonly action: AdminAction })[]
  readonly egress?: readonly (EgressRule & { readonly action: AdminAction })[]
}

export interface PeeringSpec {
  readonly peer: string
}

export interface TenantSpec {
  readonly labels?: Labels
}

export interface HostSpec {
  readonly tunnelAddress: string
}

export interface NetworkSpec {
  readonly cidrs: readonly string[]
  readonly labels?: Labels
  readonly default?: 'allow' | 'deny'
}

export interface PodPort {
  readonly name: string
  readonly port: number
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
}

export interface PodSpec {
  readonly host: string
  readonly labels?: Labels
  readonly ports?: readonly PodPort[]
  readonly addresses: readonly string[]
}

export interface SpecOf {
  readonly Tenant: TenantSpec
  readonly Host: HostSpec
  readonly Network: NetworkSpec
  readonly Pod: PodSpec
  readonly NetworkPolicy: NetworkPolicySpec
  readonly AdminPolicy: AdminPolicySpec
  readonly Peering: PeeringSpec
}

export interface Ref {
  readonly tenant?: string
  readonly network?: string
  readonly name: string
}

export type ResourceOf<K extends keyof SpecOf> = { readonly kind: K; readonly ref: Ref; readonly spec: SpecOf[K] }

export type Resource = { [K in keyof SpecOf]: ResourceOf<K> }[keyof SpecOf]
