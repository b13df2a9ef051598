#!/usr/bin/env node
/** Writes the pages that tables declare; with --check, only compares (exit 1 when one differs). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { actionReference, fieldReference } from 'openflow-ts'
import {
  COOKIE_MAGIC,
  PATCH_OFPORT,
  PRIORITY,
  REGISTERS,
  type RegisterSpec,
  type TableName,
  TABLES,
  TUNNEL_OFPORTS,
  UNIT_KINDS,
} from '../flows/layout.js'

function pipelineReference(): string {
  const tables = Object.entries(TABLES).map(
    ([name, { id, doc, next, matches }]) =>
      `| ${id} | \`${name}\` | ${doc} | ${matches.map(code).join(' ')} | ${next.map((table: TableName) => code(table)).join(' ')} |`,
  )
  const registers = Object.entries(REGISTERS).map(
    ([name, { field, bits, doc }]: [string, RegisterSpec]) => `| \`${field}[${bits[0]}..${bits[1]}]\` | ${name} | ${doc} |`,
  )
  const priorities = Object.entries(PRIORITY).map(([name, value]) => `| ${value} | ${name} |`)
  const tunnels = Object.entries(TUNNEL_OFPORTS).map(([name, value]) => `${value} is the ${name} tunnel`)
  const ports = [...tunnels, `${PATCH_OFPORT} the patch to the uplink bridge`]
  return `<!-- Generated from flows/layout.ts by tools/gen-docs.ts. Do not edit. -->
# The pipeline of br-int

A packet of a pod goes classify → anti_spoof → arp, neighbour or route → deliver or a tunnel; one from a tunnel
goes classify → deliver. What no flow takes is dropped by the table's miss flow, which counts it.

| id | table | what it does | matches | continues in |
| --- | --- | --- | --- | --- |
${tables.join('\n')}

| register | name | what it holds |
| --- | --- | --- |
${registers.join('\n')}

| priority | for |
| --- | --- |
${priorities.join('\n')}

Ports: ${ports.join(', ')}, pods have 16 and up.
Cookies: \`0x${COOKIE_MAGIC.toString(16)}\` (16 bits), unit kind (8 bits: ${UNIT_KINDS.map((kind, i) => `${i + 1} ${kind}`).join(', ')}), hash of the unit (40 bits).
Flows with other cookies are not Heddle's and stay.
`
}

function code(text: string): string {
  return `\`${text}\``
}

/** Each page, by its path in the repository, and what it is made of. */
const PAGES: readonly { readonly path: string; readonly source: string; readonly make: () => string }[] = [
  { path: 'flows/README.md', source: 'flows/layout.ts', make: pipelineReference },
  { path: 'src/openflow-ts/ACTIONS.md', source: 'the action table', make: () => actionReference() },
  { path: 'src/openflow-ts/FIELDS.md', source: 'the field table', make: fieldReference },
]

const contentOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')

for (const { path, source, make } of PAGES) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
  const text = make()
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (contentOf(file) !== text) {
    process.stderr.write(`${path} is not what tools/gen-docs.ts makes of ${source}: run npm run generate\n`)
    process.exitCode = 1
  }
}
