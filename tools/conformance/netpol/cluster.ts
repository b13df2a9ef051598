/** The Kubernetes side of the `netpol` vectors: a world, and what their steps do to it. */
import type { Direction, IpBlock, Labels, PodPort, PolicyPort, Selector } from './resources.js'

export interface KubernetesPeer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: IpBlock
}

export interface KubernetesPolicy {
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: {
    readonly podSelector?: Selector
    readonly policyTypes?: readonly Direction[]
    readonly ingress?: readonly KubernetesRule<'from'>[]
    readonly egress?: readonly KubernetesRule<'to'>[]
  }
}

export type KubernetesRule<Peers extends 'from' | 'to'> = {
  readonly ports?: readonly PolicyPort[]
} & { readonly [P in Peers]?: readonly KubernetesPeer[] }

export interface KubernetesPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly ip: string
  readonly ports: readonly PodPort[]
}

export interface KubernetesWorld {
  readonly namespaces: Readonly<Record<string, { readonly labels: Labels }>>
  readonly pods: readonly KubernetesPod[]
}

export type Action =
  | { readonly action: 'createPolicy' | 'updatePolicy'; readonly policy: KubernetesPolicy }
  | { readonly action: 'deletePolicy'; readonly namespace: string; readonly name: string }
  | { readonly action: 'createNamespace' | 'setNamespaceLabels'; readonly namespace: string; readonly labels?: Labels }
  | { readonly action: 'deleteNamespace'; readonly namespace: string }
  | {
      readonly action: 'createPod'
      readonly namespace: string
      readonly pod: string
      readonly labels?: Labels
      readonly ip: string
    }
  | { readonly action: 'setPodLabels'; readonly namespace: string; readonly pod: string; readonly labels?: Labels }
  | { readonly action: 'deletePod'; readonly namespace: string; readonly pod: string }

export type Probe = { readonly all: true } | { readonly port: number | string; readonly protocol: PodPort['protocol'] }

export interface NetpolInput {
  readonly world: KubernetesWorld
  readonly steps: readonly { readonly actions: readonly Action[]; readonly probe: Probe }[]
}

/** A cluster at one moment. */
export class Cluster {
  /** Labels by the namespace's name. */
  readonly namespaces = new Map<string, Labels>()
  /** By NAMESPACE/NAME, in the order in which they came. */
  readonly pods = new Map<string, KubernetesPod>()
  /** By NAMESPACE/NAME. */
  readonly policies = new Map<string, KubernetesPolicy>()
  readonly #servedPorts: readonly PodPort[]

  constructor({ namespaces, pods }: KubernetesWorld) {
    for (const [name, { labels }] of Object.entries(namespaces)) this.#setNamespace(name, labels)
    for (const pod of pods) this.pods.set(podKey(pod.namespace, pod.name), pod)
    this.#servedPorts = pods[0]?.ports ?? []
  }

  apply(action: Action): void {
    switch (action.action) {
      case 'createPolicy':
      case 'updatePolicy':
        this.policies.set(policyKey(action.policy), action.policy)
        break
      case 'deletePolicy':
        this.policies.delete(`${action.namespace}/${action.name}`)
        break
      case 'createNamespace':
      case 'setNamespaceLabels':
        this.#setNamespace(action.namespace, action.labels)
        break
      case 'deleteNamespace':
        this.#deleteNamespace(action.namespace)
        break
      case 'createPod':
        this.#createPod(action)
        break
      case 'setPodLabels':
        this.#setPodLabels(action)
        break
      case 'deletePod':
        this.pods.delete(podKey(action.namespace, action.pod))
        break
    }
  }

  /** Kubernetes itself puts the name among the labels, whatever they are set to. */
  #setNamespace(name: string, labels: Labels = {}): void {
    this.namespaces.set(name, { ...labels, 'kubernetes.io/metadata.name': name })
  }

  /** Pods and policies go with their namespace. */
  #deleteNamespace(name: string): void {
    this.namespaces.delete(name)
    for (const map of [this.pods, this.policies]) {
      for (const key of map.keys()) if (key.startsWith(`${name}/`)) map.delete(key)
    }
  }

  /** Pods that come later serve the same ports as those of the world. */
  #createPod({ namespace, pod, labels = {}, ip }: Action & { readonly action: 'createPod' }): void {
    this.pods.set(podKey(namespace, pod), { namespace, name: pod, labels, ip, ports: this.#servedPorts })
  }

  #setPodLabels({ namespace, pod, labels = {} }: Action & { readonly action: 'setPodLabels' }): void {
    const current = this.pods.get(podKey(namespace, pod))
    if (current === undefined) throw new Error(`setPodLabels: no pod ${namespace}/${pod}`)
    this.pods.set(podKey(namespace, pod), { ...current, labels })
  }
}

const podKey = (namespace: string, name: string): string => `${namespace}/${name}`

export const namespaceOf = ({ metadata }: KubernetesPolicy): string => metadata.namespace ?? 'default'

const policyKey = (policy: KubernetesPolicy): string => `${namespaceOf(policy)}/${policy.metadata.name}`
