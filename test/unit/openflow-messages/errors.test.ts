import assert from 'node:assert/strict'
import {
  decodeMessage,
  encodeMessage,
  errorName,
  errorNumber,
  OF10,
  OF12,
  OF13,
  OF15,
  type OfErrorName,
  OFPERRS,
} from 'openflow-ts'

const NAMES = Object.keys(OFPERRS) as OfErrorName[]

describe('openflow-ts error codes', () => {
  it('every name has one number a version, which reads back as it or as the general error of that number', () => {
    for (const name of NAMES) {
      for (let version: number = OF10; version <= OF15; version++) {
        const number = errorNumber(version, name)
        if (number === undefined) continue
        const back = errorName(version, number)
        assert.ok(back !== undefined)
        assert.deepEqual(errorNumber(version, back), number)
      }
    }
  })

  it('change their numbers with the version', () => {
    assert.deepEqual(errorNumber(OF10, 'OFPBMC_BAD_PREREQ'), { vendor: 0x2320, type: 1, code: 260 })
    assert.deepEqual(errorNumber(OF12, 'OFPBMC_BAD_PREREQ'), { vendor: 0, type: 4, code: 9 })
    assert.equal(errorNumber(OF10, 'OFPBIC_BAD_LEN'), undefined)
    assert.equal(errorName(OF13, { vendor: 0, type: 77, code: 1 }), undefined)
  })

  it('travel as standard or experimenter errors, with the offending bytes', () => {
    const data = Buffer.from('0102000811111111', 'hex')
    const standard = encodeMessage({ type: 'ERROR', error: 'OFPFMFC_OVERLAP', data }, OF13, 1)
    assert.equal(standard.toString('hex'), `0401001400000001000500030102000811111111`)
    const extension = encodeMessage({ type: 'ERROR', error: 'NXBRC_MUST_BE_ZERO', data }, OF13, 1)
    assert.equal(extension.toString('hex'), `0401001800000001ffff0004000023200102000811111111`)
    for (const bytes of [standard, extension]) {
      const decoded = decodeMessage(bytes)
      assert.ok(decoded.type === 'ERROR')
      assert.deepEqual(Buffer.from(decoded.data), data)
      assert.deepEqual(encodeMessage(decoded, OF13), bytes)
    }
    const nameless = decodeMessage(Buffer.from('0401000c00000001004d0001', 'hex'))
    assert.ok(nameless.type === 'ERROR')
    assert.equal(nameless.error, undefined)
    assert.equal(nameless.error_type, 0x4d)
  })
})
