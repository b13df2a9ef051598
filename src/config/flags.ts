import { parseArgs } from 'node:util'
import { flagOf, SETTING_NAMES, type SettingName } from './settings.js'
import type { ConfigIssue } from './sources.js'

export interface Flags {
  readonly values: ReadonlyMap<SettingName, string>
  readonly config?: string
  readonly help: boolean
  readonly version: boolean
  readonly printConfig: boolean
}

/** Flags that are not settings, with what `--help` says of them. */
export const ACTION_FLAGS = {
  config: { value: 'PATH', description: 'YAML file of settings; also HEDDLE_CONFIG; ./heddle.yaml when it is there' },
  'print-config': { value: undefined, description: 'print the settings and where each comes from, and end' },
  version: { value: undefined, description: 'print the version and end' },
  help: { value: undefined, description: 'print this and end' },
} as const

const SETTING_OF_FLAG = new Map(SETTING_NAMES.map((name) => [flagOf(name).slice(2), name]))

const TEXT = { type: 'string' } as const
const SWITCH = { type: 'boolean' } as const

/** Reads the command line; what is wrong with it goes to `issues`. A flag given twice counts as given last. */
export function readFlags(argv: readonly string[], issues: ConfigIssue[]): Flags {
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(Array.from(SETTING_OF_FLAG.keys(), (flag) => [flag, TEXT])),
      ...Object.fromEntries(Object.entries(ACTION_FLAGS).map(([flag, { value }]) => [flag, value ? TEXT : SWITCH])),
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<SettingName, string>()
  const actions = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      issues.push({ setting: token.value, source: 'command line', reason: 'is not a flag: see --help' })
      continue
    }
    const name = SETTING_OF_FLAG.get(token.name)
    const reason = flagIssue(token.name, token.value)
    if (reason !== undefined) issues.push({ setting: name ?? token.rawName, source: `flag ${token.rawName}`, reason })
    else if (name !== undefined) values.set(name, token.value ?? '')
    else actions.set(token.name, token.value ?? '')
  }
  const config = actions.get('config')
  return {
    values,
    ...(config !== undefined && { config }),
    help: actions.has('help'),
    version: actions.has('version'),
    printConfig: actions.has('print-config'),
  }
}

function flagIssue(name: string, value: string | undefined): string | undefined {
  const isAction = Object.hasOwn(ACTION_FLAGS, name)
  if (!isAction && !SETTING_OF_FLAG.has(name)) return 'is not a flag: see --help'
  const takesValue = !isAction || ACTION_FLAGS[name as keyof typeof ACTION_FLAGS].value !== undefined
  if (takesValue && (value === undefined || value === '')) return 'needs a value'
  return !takesValue && value !== undefined ? 'takes no value' : undefined
}
