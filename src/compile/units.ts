import type { UnitKind } from '../../flows/index.js'
import type { IntentView, ViewChange } from '../intent/view.js'

/**
 * The smallest thing that is recompiled. `subject` is the intent's key of what it is about:
 * `host`: the host itself, `network`: a network with pods on the host, `route`: a block of a tenant on the host,
 * `stray`: an address of a pod with a route of its own, `pod`: a pod on the host.
 */
export interface Unit {
  readonly kind: UnitKind
  readonly host: string
  readonly subject: string
}

export function unitKey({ kind, host, subject }: Unit): string {
  return `${kind} ${host} ${subject}`
}

/** Names of what a unit may read; a change of the input makes every unit that read it dirty. */
export const INPUT = {
  host: (host: string) => `host ${host}`,
  tenant: (tenant: string) => `tenant ${tenant}`,
  network: (network: string) => `network ${network}`,
  block: (block: string) => `block ${block}`,
  pod: (pod: string) => `pod ${pod}`,
  membership: (host: string, network: string) => `membership ${host} ${network}`,
  networksOn: (host: string) => `networks ${host}`,
  tenancy: (host: string, tenant: string) => `tenancy ${host} ${tenant}`,
  ofport: (host: string, port: string) => `ofport ${host} ${port}`,
  ofportNumber: (host: string, ofport: number) => `number ${host} ${ofport}`,
} as const

export function inputsOf(change: ViewChange): string[] {
  switch (change.type) {
    case 'host':
      return [INPUT.host(change.host)]
    case 'tenant':
      return [INPUT.tenant(change.tenant)]
    case 'network':
      return [INPUT.network(change.network)]
    case 'block':
      return [INPUT.block(change.block)]
    case 'pod':
    case 'stray':
      return [INPUT.pod(change.pod)]
    case 'membership':
      return [INPUT.membership(change.host, change.network), INPUT.networksOn(change.host)]
    case 'tenancy':
      return [INPUT.tenancy(change.host, change.tenant)]
  }
}

/** Units that the change may bring into being; those that exist already are found by their inputs. */
export function* candidatesOf(change: ViewChange, view: IntentView): Iterable<Unit> {
  switch (change.type) {
    case 'host':
      yield { kind: 'host', host: change.host, subject: change.host }
      return
    case 'block':
      for (const host of view.hostsOfTenant(change.tenant)) yield { kind: 'route', host, subject: change.block }
      return
    case 'stray':
      for (const host of view.hostsOfTenant(change.tenant)) yield { kind: 'stray', host, subject: change.stray }
      return
    case 'pod':
      for (const host of change.hosts) yield { kind: 'pod', host, subject: change.pod }
      return
    case 'membership':
      yield { kind: 'network', host: change.host, subject: change.network }
      return
    case 'tenancy':
      for (const block of view.blocksOfTenant(change.tenant)) yield { kind: 'route', host: change.host, subject: block }
      for (const stray of view.straysOfTenant(change.tenant)) {
        yield { kind: 'stray', host: change.host, subject: stray }
      }
      return
    case 'tenant':
    case 'network':
  }
}
