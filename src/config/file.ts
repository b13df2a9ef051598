import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { SETTING_NAMES, type SettingName } from './settings.js'
import type { ConfigIssue, Sourced } from './sources.js'

/** Settings of a YAML file: one map of scalars. What is wrong goes to `issues`, with file and line. */
export function readYaml(path: string, text: string, issues: ConfigIssue[]): ReadonlyMap<SettingName, Sourced> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number | undefined): string => `${path}:${lines.linePos(offset ?? 0).line}`
  const values = new Map<SettingName, Sourced>()
  for (const { message, pos } of document.errors) issues.push({ setting: 'config', source: at(pos[0]), reason: message })
  if (document.errors.length > 0 || document.contents === null) return values
  if (!isMap(document.contents)) {
    issues.push({ setting: 'config', source: at(0), reason: 'the file must be a map of settings' })
    return values
  }
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '?'
    const source = at(isScalar(key) ? key.range[0] : undefined)
    if (!isSettingName(name)) {
      issues.push({ setting: name, source, reason: `there is no such setting, but ${SETTING_NAMES.join(', ')}` })
    } else if (!isScalar(value) || !['string', 'number'].includes(typeof value.value)) {
      issues.push({ setting: name, source, reason: 'must be a text or a number' })
    } else values.set(name, { text: String(value.value), source })
  }
  return values
}

function isSettingName(name: string): name is SettingName {
  return (SETTING_NAMES as readonly string[]).includes(name)
}
