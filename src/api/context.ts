import type { FabricSource } from '../explain/source.js'
import type { Resources } from '../intent/resources.js'
import type { StatusSource } from '../hosts/status.js'
import type { Store } from '../store/store.js'
import type { Representer } from './represent.js'

/** What the handlers work with. */
export interface ApiContext {
  readonly resources: Resources
  readonly status: StatusSource
  readonly store: Store
  readonly representer: Representer
  /** The pipelines as they are wanted now. */
  readonly fabric: () => FabricSource
  /** Aborted when the server closes: ends waits and watches. */
  readonly closing: AbortSignal
}
