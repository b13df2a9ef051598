#!/usr/bin/env node
/** Writes flows/README.md from the pipeline's declaration; with --check, only compares (exit 1 when it differs). */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  COOKIE_MAGIC,
  PRIORITY,
  REGISTERS,
  type RegisterSpec,
  type TableName,
  TABLES,
  TUNNEL_OFPORTS,
  UNIT_KINDS,
} from '../flows/layout.js'

const FILE = fileURLToPath(new URL('../flows/README.md', import.meta.url))

function pipelineReference(): string {
  const tables = Object.entries(TABLES).map(
    ([name, { id, doc, next, matches }]) =>
      `| ${id} | \`${name}\` | ${doc} | ${matches.map(code).join(' ')} | ${next.map((table: TableName) => code(table)).join(' ')} |`,
  )
  const registers = Object.entries(REGISTERS).map(
    ([name, { field, bits, doc }]: [string, RegisterSpec]) => `| \`${field}[${bits[0]}..${bits[1]}]\` | ${name} | ${doc} |`,
  )
  const priorities = Object.entries(PRIORITY).map(([name, value]) => `| ${value} | ${name} |`)
  const ports = Object.entries(TUNNEL_OFPORTS).map(([name, value]) => `${value} is the ${name} tunnel`)
  return `<!-- Generated from flows/layout.ts by tools/gen-docs.ts. Do not edit. -->
# The pipeline of br-int

A packet of a pod goes classify → anti_spoof → arp or route → deliver or a tunnel; one from a tunnel goes
classify → deliver. What no flow takes is dropped by the table's miss flow, which counts it.

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

const text = pipelineReference()
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    process.stderr.write('flows/README.md is not what tools/gen-docs.ts makes of flows/layout.ts: run npm run generate\n')
    process.exitCode = 1
  }
} else {
  writeFileSync(FILE, text)
}
