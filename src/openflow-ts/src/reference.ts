/** Reference pages of the tables, for people; tools/gen-docs.ts writes them to files. */
import type { ActionSpec } from './action/spec.js'
import { ACTIONS } from './action/table.js'
import { FIELD_INFOS, type FieldInfo } from './spec/registry.js'
import { OF10, OF15, type OfVersion } from './version.js'

const code = (text: string): string => `\`${text}\``
const cell = (text: string): string => text.replaceAll('|', '\\|')

const versionText = (version: OfVersion): string => `1.${version - OF10}`

/** `1.0`, `1.1-1.4`, `1.3+`. */
function range(since: OfVersion, until: OfVersion): string {
  if (since === until) return versionText(since)
  return until === OF15 ? `${versionText(since)}+` : `${versionText(since)}-${versionText(until)}`
}

function wireText({ forms, instruction }: ActionSpec): string {
  const texts = forms.map(({ name, since, until }) => `${name} (${range(since, until)})`)
  if (instruction !== undefined) {
    texts.push(`instruction ${instruction.name} (${range(instruction.since, instruction.until)})`)
  }
  return texts.join(', ')
}

const actionRow = (spec: ActionSpec): string =>
  `| ${spec.types.map(code).join(' ')} | ${cell(spec.doc)} | ${cell(code(spec.syntax))} | ${wireText(spec)} | ${
    spec.inActionSet === true ? 'yes' : ''
  } |`

/** What the action table says, as Markdown. */
export const actionReference = (specs: readonly ActionSpec[] = ACTIONS): string => `<!-- Generated from the action table by tools/gen-docs.ts. Do not edit. -->
# Actions and instructions

Every action of ovs-actions(7), by its \`type\`: what it does, how it is written in text, and its forms on the wire with the
versions of OpenFlow that know them. Where a version has no form, an action is sent as others that do the same, if there are
any; those that may stand in an action set are marked.

| type | what it does | text | wire | in action sets |
| --- | --- | --- | --- | --- |
${specs.map(actionRow).join('\n')}
`

function maskText(info: FieldInfo): string {
  return info.maskable ? 'any' : 'none'
}

const fieldRow = (info: FieldInfo): string =>
  `| ${[info.name, ...info.aliases].map(code).join(' ')} | ${info.bits} | ${info.format} | ${maskText(info)} | ${
    info.writable ? 'yes' : ''
  } | ${info.prereq === 'none' ? '' : info.prereq} | ${info.allIds.map((id) => code(id.name)).join(' ')} |`

/** What the field table says, as Markdown. */
export const fieldReference = (): string => `<!-- Generated from the field table by tools/gen-docs.ts. Do not edit. -->
# Fields

Every field of ovs-fields(7), by its names: width in bits, form in text, masks, whether actions may set it, what must be
matched for it to exist, and its names on the wire.

| names | bits | form | mask | can be set | prerequisite | on the wire |
| --- | --- | --- | --- | --- | --- | --- |
${FIELD_INFOS.map(fieldRow).join('\n')}
`
