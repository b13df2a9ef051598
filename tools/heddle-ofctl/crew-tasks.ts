/** What threads do for each other: functions of plain data. */
import { printChunk } from './flow-chunks.js'

export const TASKS = { printChunk } as const

export type TaskName = keyof typeof TASKS
export type Task<N extends TaskName> = Parameters<(typeof TASKS)[N]>[0]
export type ResultOf<N extends TaskName> = ReturnType<(typeof TASKS)[N]>
