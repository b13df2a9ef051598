import { ACTION_FLAGS } from './flags.js'
import { envOf, flagOf, SETTING_NAMES, settingOf, type SettingName, type Settings } from './settings.js'
import type { Sourced } from './sources.js'

const PRECEDENCE = 'Flags win over the environment, that over the file, and that over the defaults.'

/** The settings as a YAML file that would give them again, each with its source. */
export function printConfig(values: Settings, sourced: Readonly<Record<SettingName, Sourced | undefined>>): string {
  const lines = SETTING_NAMES.map((name): [string, string] => {
    const { type, otherwise } = settingOf(name)
    const from = sourced[name]
    if (from === undefined) return [`# ${name}:`, `not set: ${otherwise ?? 'no value'}`]
    return [`${name}: ${scalar(type.format(values[name]))}`, from.source]
  })
  const width = Math.max(...lines.map(([line]) => line.length))
  return `# ${PRECEDENCE}\n${lines.map(([line, source]) => `${line.padEnd(width)} # ${source}\n`).join('')}`
}

/** Plain where YAML reads it back as the same text or number, else as JSON, which is YAML too. */
function scalar(text: string): string {
  return /^([./A-Za-z][-./\w]*|[0-9]+|[0-9]+(\.[0-9]+){3})$/.test(text) && !/^(true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text)
}

/** What `--help` prints. */
export function helpText(version: string): string {
  const settings = SETTING_NAMES.map((name): readonly string[] => {
    const { type, description, default: value, otherwise } = settingOf(name)
    const without = value === undefined ? `default: ${otherwise ?? 'none'}` : `default: ${value}`
    return [`${flagOf(name)} ${type.placeholder}`, envOf(name), name, description, without]
  })
  const actions = Object.entries(ACTION_FLAGS).map(
    ([flag, { value, description }]) => `  --${flag}${value === undefined ? '' : ` ${value}`}\n      ${description}\n`,
  )
  const described = settings.map(
    ([flag = '', env = '', name = '', description = '', without = '']) =>
      `  ${flag}\n      ${description}\n      ${without}; variable: ${env}; in the file: ${name}\n`,
  )
  return `Heddle ${version}: a centralized controller for container networks on Open vSwitch

Usage: heddle-controller [FLAG]...

${PRECEDENCE}

Settings:
${described.join('')}
Other flags:
${actions.join('')}`
}
