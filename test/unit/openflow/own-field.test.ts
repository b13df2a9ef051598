import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('own-field.ts', import.meta.url))

describe('an entry added to the field table', function () {
  this.timeout(60_000)

  it('is parsed, encoded, decoded, printed and known to actions', () => {
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--conditions=source', SCRIPT], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    assert.deepEqual(JSON.parse(output), {
      bytes: '80000a02080000' + '01fd0800000034000000ff',
      tlvs: 'OXM_OF_ETH_TYPE(0800), NXM_NX_OWN_FIELD_W(00000034/000000ff)',
      decoded: 'ip,own_field=0x34/0xff',
      flow: 'ip,own_field=0x5/0xf actions=set_field:0x7->own_field,move:NXM_NX_OWN_FIELD[]->NXM_NX_REG0[]',
    })
  })
})
