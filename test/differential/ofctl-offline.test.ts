/** Commands of heddle-ofctl that need no switch, beside the real ovs-ofctl. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CapturedIo } from '../../tools/heddle-ofctl/io.js'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'
import { hasOfctl, withDirectory } from './openflow-support.js'

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

function real(args: readonly string[]): Outcome {
  const { stdout, stderr, status } = spawnSync('ovs-ofctl', ['-vconsole:off', ...args], { encoding: 'utf8' })
  return { stdout, stderr, code: status }
}

async function own(args: readonly string[]): Promise<Outcome> {
  const io = new CapturedIo()
  const code = await runOfctl(args, io)
  return { stdout: io.stdout, stderr: io.stderr.replaceAll('heddle-ofctl:', 'ovs-ofctl:'), code }
}

async function alike(...args: string[]): Promise<Outcome> {
  const outcome = await own(args)
  assert.deepEqual(outcome, real(args), args.join(' '))
  return outcome
}

const PACKETS = [
  '0200000000020200000000010800' + '4500002800000000400666cd0a0000010a000002' + '04d20050000000000000000050020000ae760000',
  'ffffffffffff02000000000188b5',
  'ffffffffffff02000000000181002005' + '08060001080006040001020000000001c0a80001000000000000c0a80002',
  '33330000000102000000000186dd60000000000811ff' +
    'fe80000000000000000000000000000120010db8000000000000000000000005' + '00350036000812ab',
]

/** A capture as tcpdump writes it. */
function capture(packets: readonly string[]): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt32LE(1, 20)
  const records = packets.map((hex) => {
    const packet = Buffer.from(hex, 'hex')
    const record = Buffer.alloc(16)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return Buffer.concat([record, packet])
  })
  return Buffer.concat([head, ...records])
}

describe('heddle-ofctl without a switch, beside ovs-ofctl', function () {
  this.timeout(60_000)
  before(function () {
    if (!hasOfctl()) this.skip()
  })

  it('list-commands', async () => {
    await alike('list-commands')
  })

  it('parse-pcap: flows, what cannot be read, and exit codes', () =>
    withDirectory(async (directory) => {
      const at = (name: string, bytes: Buffer): string => {
        writeFileSync(join(directory, name), bytes)
        return join(directory, name)
      }
      const whole = at('whole.pcap', capture(PACKETS))
      const cut = at('cut.pcap', capture(PACKETS).subarray(0, 150))
      const text = at('text.pcap', Buffer.from('no capture at all, though long enough to be one'))
      const short = at('short.pcap', Buffer.from('short'))
      const none = join(directory, 'none.pcap')
      assert.equal((await alike('parse-pcap', whole)).stdout.split('\n').length, PACKETS.length + 1)
      for (const files of [[cut], [text], [short], [none], [none, whole], [whole, text], [text, none], [none, text]]) {
        await alike('parse-pcap', ...files)
      }
      await alike('parse-pcap')
    }))

  it('parse-flows: a format that only the last of many flows rules out, and a wrong line behind it', () =>
    withDirectory(async (directory) => {
      const flows = Array.from({ length: 6000 }, (_, n) => `priority=${n},in_port=${n + 1},actions=output:${n + 2}`)
      const file = (name: string, lines: readonly string[]): string => {
        writeFileSync(join(directory, name), `# flows\n\n${lines.join('\n')}\n`)
        return join(directory, name)
      }
      for (const last of ['table=3,actions=drop', 'reg0=1,actions=drop', 'actions=push_vlan:0x8100']) {
        await alike('parse-flows', file('flows', [...flows, last]))
      }
      await alike('parse-flows', file('wrong', [...flows, 'reg0=1,actions=drop', 'foo=1,actions=drop']))
      await alike('-F', 'OpenFlow10', 'parse-flows', file('none', [...flows, 'reg0=1,actions=drop']))
    }))
})
