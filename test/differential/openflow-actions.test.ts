/** Random actions of every kind, valid and not, beside ovs-ofctl: as bytes, as text, and from one to the other. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fc from 'fast-check'
import {
  type Action,
  decodeMatch,
  encodeActions,
  encodeInstructions,
  formatActions,
  OF10,
  OF11,
  OF13,
  type OfVersion,
  parseFlowFor,
  protocolsOfVersion,
  protocolsToString,
  Reader,
  TextError,
  VERSION_NAMES,
  Writer,
} from 'openflow-ts'
import { CapturedIo } from '../../tools/heddle-ofctl/io.js'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'
import { actionLists } from '../unit/openflow/arbitrary.js'
import { manyActions, nshAction, oneAction } from '../unit/openflow/arbitrary-actions.js'
import { bytesSent, hasOfctl, ofctl } from './openflow-support.js'

const VERSIONS: readonly OfVersion[] = [1, 2, 3, 4, 5, 6]

/** Standard output of ovs-ofctl for a text on standard input. */
function ofctlOf(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('ovs-ofctl', ['-voff', ...args], { stdio: ['pipe', 'pipe', 'ignore'] })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.once('error', reject).once('close', () => {
      resolve(stdout)
    })
    child.stdin.end(input)
  })
}

const listsOf = (version: OfVersion): fc.Arbitrary<Action[]> =>
  version < OF13 ? manyActions : fc.oneof({ weight: 6, arbitrary: manyActions }, fc.array(nshAction, { minLength: 1, maxLength: 2 }))

type Change = readonly [at: number, how: number, byte: number]
const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.nat({ max: 255 })), { maxLength: 2 })

function changed(bytes: Buffer, list: readonly Change[]): Buffer {
  const copy = Buffer.from(bytes)
  for (const [at, how, byte] of list) {
    const i = at % copy.length
    copy[i] = how === 0 ? byte : how === 1 ? (copy[i] ?? 0) ^ (1 << (byte & 7)) : 0
  }
  return copy
}

function bytesOf(list: readonly Action[], version: OfVersion, encode: typeof encodeActions): Buffer {
  const w = new Writer()
  encode(w, list, version)
  return w.take()
}

/** Of the name of no field OVS says one or the other, as its hash table has it. */
const comparable = (block: string | undefined): string => (block ?? '').replace('OFPBAC_BAD_SET_TYPE', 'OFPBAC_BAD_SET_LEN')

async function compareBytes(command: string, version: OfVersion, encode: typeof encodeActions): Promise<void> {
  const draws = fc.sample(fc.tuple(listsOf(version), changes), 400)
  const lines = draws
    .map(([list, change]) => {
      const bytes = bytesOf(list, version, encode)
      return bytes.length === 0 ? '' : changed(bytes, change).toString('hex')
    })
    .filter((line) => line !== '')
  const input = `${lines.join('\n')}\n`
  const theirs = (await ofctlOf([command, VERSION_NAMES[version]], input)).split('\n\n')
  const io = new CapturedIo(input)
  assert.equal(await runOfctl([command, VERSION_NAMES[version]], io), 0, io.stderr)
  const ours = io.stdout.split('\n\n')
  lines.forEach((line, i) => { assert.equal(comparable(ours[i]), comparable(theirs[i]), line) })
  assert.equal(ours.length, theirs.length)
}

const BASES = ['', 'ip', 'tcp', 'udp', 'ipv6', 'tcp6', 'arp', 'mpls', 'dl_vlan=5', 'dl_vlan=5,tcp', 'sctp', 'dl_type=0x894f']
const SIGNS = '0123456789abcx.,:()[]->=/'

/** Flows of which some texts have a sign too much, too few, or another one. */
const texts = fc
  .tuple(fc.constantFrom(...BASES), fc.oneof(listsOf(OF13), actionLists(oneAction)), fc.nat({ max: 5 }), fc.nat(), fc.nat())
  .map(([base, list, how, at, sign]) => {
    let text = formatActions(list)
    const i = at % (text.length + 1)
    if (how === 1) text = text.slice(0, i) + SIGNS.charAt(sign % SIGNS.length) + text.slice(i + (sign % 2))
    if (how === 2) text = text.slice(0, i) + text.slice(i + 1 + (sign % 3))
    return `${base === '' ? '' : `${base},`}actions=${text}`
  })

/** The flow formats that can carry a flow, or what is wrong with it. */
function ourVerdict(text: string): string {
  try {
    return `usable protocols: ${protocolsToString(parseFlowFor('add', text).usable)}`
  } catch (error) {
    if (error instanceof TextError) return error.message.trimEnd()
    throw error
  }
}

async function theirVerdict(text: string): Promise<string> {
  const { stdout, stderr } = await ofctl(['-voff', 'parse-flow', text])
  if (stdout.startsWith('usable')) return stdout.split('\n', 1)[0] ?? ''
  return stderr.replace(/^ovs-ofctl: /, '').trimEnd()
}

/** Where the actions of a flow-mod begin. */
function actionsAt(message: Buffer, version: OfVersion): number {
  if (version === OF10) return 72
  if (version === OF11) return 136
  const r = new Reader(message, 48)
  decodeMatch(r, version)
  return r.offset
}

describe('random actions, beside ovs-ofctl', function () {
  this.timeout(120_000)
  before(function () {
    if (!hasOfctl()) this.skip()
  })

  for (const version of VERSIONS) {
    const name = VERSION_NAMES[version]
    it(`as changed bytes: parse-actions ${name}`, () => compareBytes('parse-actions', version, encodeActions))
    it(`as changed bytes: parse-instructions ${name}`, () => compareBytes('parse-instructions', version, encodeInstructions))

    it(`are sent as the same bytes in ${name}`, async () => {
      const lists = version < OF13 ? actionLists(oneAction) : actionLists(fc.oneof(oneAction, nshAction))
      const all = fc.sample(fc.tuple(fc.constantFrom(...BASES), lists), 600)
      const formats = protocolsOfVersion(version) & (version === OF10 ? 3 : -1)
      const flows = all
        .map(([base, list]) => `table=0,${base === '' ? '' : `${base},`}actions=${formatActions(list)}`)
        .filter((text) => ourVerdict(text).startsWith('usable') && (parseFlowFor('add', text).usable & formats) !== 0)
      const { sent, stderr } = await bytesSent(version, flows)
      assert.equal(stderr.replaceAll(/^.*\|(?:INFO|WARN)\|.*\n/gm, ''), '')
      assert.equal(sent.length, flows.length)
      flows.forEach((text, i) => {
        const message = Buffer.from(sent[i] ?? '', 'hex')
        const ours = bytesOf(parseFlowFor('add', text).actions, version, encodeInstructions)
        assert.equal(ours.toString('hex'), message.subarray(actionsAt(message, version)).toString('hex'), text)
      })
    })
  }

  it('as text: the same formats and the same words for what is wrong', async () => {
    for (const text of fc.sample(texts, 400)) {
      assert.equal(ourVerdict(text), await theirVerdict(text), text)
    }
  })
})
