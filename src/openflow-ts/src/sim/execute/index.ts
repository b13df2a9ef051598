import type { AllExecutors } from '../translation.js'
import { controlExecutors } from './control.js'
import { encapExecutors } from './encap.js'
import { fieldExecutors } from './fields.js'
import { groupExecutors } from './group.js'
import { hashExecutors } from './hash.js'
import { headerExecutors } from './headers.js'
import { outputExecutors } from './output.js'

/** What each action does. One that this library does not know ends the packet's way with an error. */
export const EXECUTORS: AllExecutors = {
  ...fieldExecutors,
  ...headerExecutors,
  ...outputExecutors,
  ...groupExecutors,
  ...encapExecutors,
  ...hashExecutors,
  ...controlExecutors,
}
