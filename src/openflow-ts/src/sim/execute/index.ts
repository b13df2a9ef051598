import type { Executors } from '../translation.js'
import { controlExecutors } from './control.js'
import { fieldExecutors } from './fields.js'
import { groupExecutors } from './group.js'
import { headerExecutors } from './headers.js'
import { outputExecutors } from './output.js'

/** What each action does. One that is not here ends the packet's way with an error. */
export const EXECUTORS: Executors = {
  ...fieldExecutors,
  ...headerExecutors,
  ...outputExecutors,
  ...groupExecutors,
  ...controlExecutors,
}
