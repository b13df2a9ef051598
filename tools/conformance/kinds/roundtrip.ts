import { decodeMessage, encodeMessage, OpenFlowError, type OfVersion } from 'openflow-ts'
import { type Answer, type Kinds, textInput } from '../vector.js'

/** Decodes a message and encodes it again. */
function roundtrip(hex: string): Answer {
  try {
    const bytes = Buffer.from(hex, 'hex')
    const message = decodeMessage(bytes)
    return { output: encodeMessage(message, bytes.readUInt8(0) as OfVersion).toString('hex') }
  } catch (error) {
    if (error instanceof OpenFlowError) return { output: '', error: error.message }
    throw error
  }
}

export const ROUNDTRIP_KINDS: Kinds = { 'ofp-roundtrip': (vector) => roundtrip(textInput(vector)) }
