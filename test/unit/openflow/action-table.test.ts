import assert from 'node:assert/strict'
import { type Action, actionReference, DecodeError, OF13, Reader, Writer } from 'openflow-ts'
import { ActionDecoder, encoderOf } from '../../../src/openflow-ts/src/action/codec.js'
import { type ActionSpec, define, nicira } from '../../../src/openflow-ts/src/action/spec.js'
import { ACTIONS, ActionTable } from '../../../src/openflow-ts/src/action/table.js'
import { ActionFormatter, ActionParser } from '../../../src/openflow-ts/src/text/action-text.js'
import { strToU16 } from '../../../src/openflow-ts/src/text/numbers.js'

/** An action that is nowhere else: its type is one of the union only for the compiler's sake. */
interface WaitAction {
  readonly type: 'wait'
  readonly seconds: number
}

const waitSpec = define<Action>({
  name: 'wait',
  doc: 'Waits for some seconds.',
  syntax: 'wait:SECONDS',
  types: ['wait' as Action['type']],
  forms: [
    nicira<Action>('WAIT', 0x1234, {
      encode(w, a) {
        w.u16((a as unknown as WaitAction).seconds)
      },
      decode: (r) => ({ type: 'wait', seconds: r.u16() }) as unknown as Action,
    }),
  ],
  parse: (arg) => ({ type: 'wait', seconds: strToU16(arg, 'seconds') }) as unknown as Action,
  format: (a) => `wait:${(a as unknown as WaitAction).seconds}`,
})

const specs: readonly ActionSpec[] = [...ACTIONS, waitSpec]
const table = new ActionTable(specs)
const BYTES = Buffer.from('ffff0010000023201234000700000000', 'hex')

describe('the action table', () => {
  it('makes of one entry a parser, a printer, an encoder, a decoder and a row of the reference', () => {
    const { actions } = new ActionParser({}, table).parse('wait:7,output:1', true)
    assert.deepEqual(actions, [{ type: 'wait', seconds: 7 }, { type: 'output', port: 1 }])
    assert.equal(new ActionFormatter({}, table).actions(actions), 'wait:7,output:1')
    const w = new Writer()
    encoderOf(OF13, table).actions(w, actions.slice(0, 1))
    assert.deepEqual(w.take(), BYTES)
    const decoder = new ActionDecoder(OF13, { strict: true }, table)
    assert.deepEqual(decoder.list(new Reader(BYTES)), [{ type: 'wait', seconds: 7 }])
    assert.match(actionReference(specs), /\| `wait` \| Waits for some seconds. \| `wait:SECONDS` \| NXAST_WAIT \(1.0\+\) \|/)
  })

  it('does not know the entry without it', () => {
    assert.throws(() => new ActionParser({}).parse('wait:7', true), /unknown action wait/)
    const decoder = new ActionDecoder(OF13, { strict: true })
    assert.throws(() => decoder.list(new Reader(BYTES)), (error) => error instanceof DecodeError && error.reply === 'OFPBAC_BAD_VENDOR_TYPE')
  })

  it('refuses two entries that claim the same', () => {
    assert.throws(() => new ActionTable([...specs, waitSpec]), /wait twice/)
  })

  it('is wholly in the reference', () => {
    const text = actionReference()
    for (const { types, syntax } of ACTIONS) {
      for (const type of types) assert.ok(text.includes(`\`${type}\``), type)
      assert.ok(syntax !== '')
    }
  })
})
