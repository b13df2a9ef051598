import { decodeMessage, FRAGMENTS, type MessageOf } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import type { Switch } from '../switch.js'

type Mode = keyof typeof FRAGMENTS

const nameOf = (flags: string | number): string =>
  typeof flags === 'string' ? flags : `0x${flags.toString(16)}`

/** @throws FatalError on another reply */
async function configOf(run: Run, sw: Switch): Promise<MessageOf<'GET_CONFIG_REPLY'>> {
  const reply = decodeMessage(await sw.transact({ type: 'GET_CONFIG_REQUEST' }))
  if (reply.type !== 'GET_CONFIG_REPLY') throw new FatalError(`${run.target}: bad reply to config request`)
  return reply
}

const getFrags: Command = {
  name: 'get-frags',
  usage: 'SWITCH',
  help: 'print fragment handling behavior',
  min: 1,
  max: 1,
  async run(run) {
    await run.withSwitch(async (sw) => {
      run.print(`${nameOf((await configOf(run, sw)).flags)}\n`)
    })
  },
}

/** @throws FatalError */
function modeOf(text: string): Mode {
  const name = text.toLowerCase()
  if (!Object.hasOwn(FRAGMENTS, name)) throw new FatalError(`${text}: unknown fragment handling mode`)
  return name as Mode
}

const setFrags: Command = {
  name: 'set-frags',
  usage: 'SWITCH FRAG_MODE',
  help: 'set fragment handling behavior: normal, drop, reassemble, nx-match',
  min: 2,
  max: 2,
  writes: true,
  async run(run) {
    const [, text = ''] = run.args
    const mode = modeOf(text)
    await run.withSwitch(async (sw) => {
      const config = await configOf(run, sw)
      if (config.flags === mode) return
      const { miss_send_len } = config
      await sw.command({ type: 'SET_CONFIG', flags: mode, miss_send_len }, run.options.verbosity)
      // A switch takes what it cannot do without a word.
      const { flags } = await configOf(run, sw)
      if (flags !== mode) {
        throw new FatalError(`${run.target}: setting fragment handling mode failed (this switch probably doesn't support mode "${mode}")`)
      }
    })
  },
}

export const FRAGS: readonly Command[] = [getFrags, setFrags]
