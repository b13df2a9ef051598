import { Admission } from '../../../src/intent/admission.js'
import { collectIdentities, IDENTITY_REST_MS } from '../../../src/intent/identities.js'
import { HeddleError, type HeddleErrorCode } from '../../../src/model/errors.js'
import { KIND_ORDER } from '../../../src/model/kinds.js'
import type { Reader } from '../../../src/store/store.js'
import { MemoryStore } from '../../../src/store/memory.js'
import type { Command } from './commands.js'

/** A store and its commands; what the property tests of intent and compilation play on. */

export interface World {
  readonly store: MemoryStore
  readonly admission: Admission
  /** What watchers of the store threw; `run` throws the first of it. */
  readonly errors: readonly unknown[]
}

export function newWorld(): World {
  const errors: unknown[] = []
  const store = MemoryStore.open(undefined, { onError: (error) => errors.push(error) })
  return { store, admission: new Admission(store), errors }
}

export interface Outcome {
  readonly code?: HeddleErrorCode
  readonly error?: HeddleError
}

/** Runs a command; `stale` ones ask for a revision that the resource does not have. */
export async function run(world: World, command: Command): Promise<Outcome> {
  const outcome = await attempt(world, command)
  if (world.errors.length > 0) throw world.errors[0]
  return outcome
}

async function attempt({ admission, store }: World, command: Command): Promise<Outcome> {
  if (command.op === 'collect') {
    await collectIdentities(store, new Date(Date.now() + IDENTITY_REST_MS))
    return {}
  }
  const { kind, ref } = command
  const options = command.stale === true ? { ifRevision: (admission.get(kind, ref)?.revision ?? 0) + 1 } : {}
  try {
    if (command.op === 'create') await admission.create(kind, ref, command.spec)
    else if (command.op === 'put') await admission.put(kind, ref, command.spec, options)
    else await admission.delete(kind, ref, options)
    return {}
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { code: error.code, error }
  }
}

/** Everything the store holds, as comparable text. */
export function dump(store: Reader): string {
  return JSON.stringify([...store.list('')])
}

export async function deleteEverything({ admission }: World): Promise<void> {
  for (const kind of KIND_ORDER.toReversed()) {
    for (const { ref } of admission.list(kind)) await admission.delete(kind, ref)
  }
}
