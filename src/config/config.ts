import { readFlags } from './flags.js'
import { helpText, printConfig } from './print.js'
import { envOf, flagOf, SETTING_NAMES, settingOf, type SettingName, type Settings } from './settings.js'
import { ConfigError, type ConfigIssue, type ReadFile, type Sourced } from './sources.js'
import { VERSION } from './version.js'

/** The controller's settings, with its version. */
export interface Config extends Settings {
  readonly version: string
}

/** What the command line asks for: to run, or only to print. */
export type Loaded =
  | { readonly action: 'run'; readonly config: Config }
  | { readonly action: 'print'; readonly text: string }

const DEFAULT_FILE = './heddle.yaml'

/**
 * Settings from the command line (`argv` without node and script), the environment, and a YAML file; flags win over
 * variables, these over the file, and that over defaults. An empty variable counts as none.
 * @param readFile gives a file's text, undefined when there is no such file, and throws when it cannot be read
 * @throws ConfigError with everything that is wrong
 */
export async function loadConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): Promise<Loaded> {
  const issues: ConfigIssue[] = []
  const flags = readFlags(argv, issues)
  if (flags.help) return { action: 'print', text: helpText(VERSION) }
  if (flags.version) return { action: 'print', text: `${VERSION}\n` }
  const file = await readConfigFile(flags.config, env, readFile, issues)
  const chosen = Object.fromEntries(SETTING_NAMES.map((name) => [name, choose(name, flags.values, env, file)]))
  const sourced = chosen as Record<SettingName, Sourced | undefined>
  const config = parseAll(sourced, issues)
  if (issues.length > 0) throw new ConfigError(issues)
  if (flags.printConfig) return { action: 'print', text: printConfig(config, sourced) }
  return { action: 'run', config }
}

async function readConfigFile(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
  issues: ConfigIssue[],
): Promise<ReadonlyMap<SettingName, Sourced>> {
  const fromEnv = env['HEDDLE_CONFIG']
  const named = flag ?? (fromEnv === '' ? undefined : fromEnv)
  const path = named ?? DEFAULT_FILE
  const source = flag !== undefined ? '--config' : named !== undefined ? 'HEDDLE_CONFIG' : DEFAULT_FILE
  let text: string | undefined
  try {
    text = readFile(path)
  } catch (error) {
    issues.push({ setting: 'config', source, reason: `${path} cannot be read: ${String(error)}` })
    return new Map()
  }
  if (text === undefined) {
    if (named !== undefined) issues.push({ setting: 'config', source, reason: `${path} does not exist` })
    return new Map()
  }
  // Loaded only when there is a file: it would be a good part of the start.
  const { readYaml } = await import('./file.js')
  return readYaml(path, text, issues)
}

function choose(
  name: SettingName,
  flags: ReadonlyMap<SettingName, string>,
  env: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<SettingName, Sourced>,
): Sourced | undefined {
  const flag = flags.get(name)
  if (flag !== undefined) return { text: flag, source: `flag ${flagOf(name)}` }
  const variable = env[envOf(name)]
  if (variable !== undefined && variable !== '') return { text: variable, source: `environment ${envOf(name)}` }
  const { default: otherwise } = settingOf(name)
  return file.get(name) ?? (otherwise === undefined ? undefined : { text: otherwise, source: 'default' })
}

function parseAll(sourced: Readonly<Record<SettingName, Sourced | undefined>>, issues: ConfigIssue[]): Config {
  const values: Record<string, unknown> = { version: VERSION }
  for (const name of SETTING_NAMES) {
    const given = sourced[name]
    if (given === undefined) continue
    const { type } = settingOf(name)
    const value = type.parse(given.text)
    if (value === undefined) {
      issues.push({ setting: name, source: given.source, reason: `"${given.text.slice(0, 200)}" is not ${type.rule}` })
    } else values[name] = value
  }
  return values as unknown as Config
}
