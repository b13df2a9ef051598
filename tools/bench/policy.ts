import type { Flow } from 'openflow-ts'
import { Compiler } from '../../src/compile/engine.js'
import { Admission } from '../../src/intent/admission.js'
import { IntentView } from '../../src/intent/view.js'
import { MemoryStore } from '../../src/store/memory.js'
import { usage } from './errors.js'

export interface PolicyShape {
  readonly policies: number
  /** Identities that each policy takes as senders and as receivers. */
  readonly sources: number
  readonly destinations: number
}

const SHAPES: readonly PolicyShape[] = [
  { policies: 1, sources: 10, destinations: 10 },
  { policies: 10, sources: 10, destinations: 10 },
  { policies: 10, sources: 100, destinations: 100 },
  { policies: 100, sources: 100, destinations: 100 },
  { policies: 100, sources: 500, destinations: 500 },
  { policies: 1000, sources: 100, destinations: 100 },
]

/** Flows of rules on a host where all receivers live, compiled as a controller does, without a switch. */
export async function benchPolicy(args: readonly string[]): Promise<void> {
  const shapes = args.length === 0 ? SHAPES : [shapeOf(args)]
  process.stdout.write('| policies P | sources S | destinations D | flows of rules | S + D + 2 P | P x S x D |\n')
  process.stdout.write('| --- | --- | --- | --- | --- | --- |\n')
  for (const shape of shapes) {
    const { policies, sources, destinations } = shape
    const flows = await policyFlows(shape)
    const columns = [policies, sources, destinations, flows, sources + destinations + 2 * policies, policies * sources * destinations]
    process.stdout.write(`| ${columns.map((count) => count.toLocaleString('en')).join(' | ')} |\n`)
  }
}

function shapeOf(args: readonly string[]): PolicyShape {
  const [policies = 0, sources = 0, destinations = 0] = args.map(Number)
  if (args.length !== 3 || ![policies, sources, destinations].every((count) => Number.isInteger(count) && count > 0)) {
    throw usage('policy: three numbers, of policies, and of sources and destinations of each')
  }
  return { policies, sources, destinations }
}

/** Each policy has all the senders and receivers, and a port of its own. */
export async function policyFlows({ policies, sources, destinations }: PolicyShape): Promise<number> {
  const store = MemoryStore.open()
  const admission = new Admission(store)
  await admission.put('Host', { name: 'h' }, { tunnelAddress: '192.0.2.1' })
  await admission.put('Tenant', { name: 't' }, {})
  await admission.put('Network', { tenant: 't', name: 'n' }, { cidrs: ['10.0.0.0/16'] })
  const senders = Array.from({ length: sources }, (_, i) => ({ app: `from${i}` }))
  const receivers = Array.from({ length: destinations }, (_, i) => ({ app: `to${i}`, receives: 'yes' }))
  await Promise.all(
    [...senders, ...receivers].map((labels) =>
      admission.put('Pod', { tenant: 't', network: 'n', name: labels.app }, { host: 'h', labels }),
    ),
  )
  const podSelector = { matchLabels: { receives: 'yes' } }
  const from = senders.map((labels) => ({ podSelector: { matchLabels: labels } }))
  for (let i = 0; i < policies; i++) {
    const ingress = [{ from, ports: [{ port: 1 + i }] }]
    await admission.put('NetworkPolicy', { tenant: 't', name: `p${i}` }, { podSelector, ingress })
  }
  const { flows } = new Compiler(IntentView.of(store, store.revision)).wanted('h')
  await store.close()
  return [...flows.values()].filter(isOfRule).length
}

function isOfRule({ match, actions }: Flow): boolean {
  return match.some(({ field }) => field === 'conj_id') || actions.some(({ type }) => type === 'conjunction')
}
