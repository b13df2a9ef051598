import {
  errorNumber,
  errorReply,
  formatBytes,
  HEADER_BYTES,
  helloOf,
  hexDump,
  OF10,
  OF15,
  OFPERRS,
  type OfErrorName,
} from 'openflow-ts'
import type { Command } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { parseHex } from '../hex.js'

/** @throws FatalError */
function errorNamed(name: string): OfErrorName {
  if (!Object.hasOwn(OFPERRS, name)) throw new FatalError(`unknown error "${name}"`)
  return name as OfErrorName
}

const printError: Command = {
  name: 'print-error',
  usage: 'ENUM',
  help: 'print the numbers of an error by version',
  min: 1,
  max: 1,
  run(run) {
    const error = errorNamed(run.args[0] ?? '')
    for (let version: number = OF10; version <= OF15; version++) {
      const number = errorNumber(version, error)
      if (number === undefined) continue
      const vendor = number.vendor === 0 ? '0' : `0x${number.vendor.toString(16)}`
      run.print(`OpenFlow 1.${version - 1}: vendor ${vendor}, type ${number.type}, code ${number.code}\n`)
    }
    return Promise.resolve()
  },
}

const encodeErrorReply: Command = {
  name: 'encode-error-reply',
  usage: 'ENUM REQUEST',
  help: 'print in hex the error that answers a request given in hex',
  min: 2,
  max: 2,
  run(run) {
    const [name = '', hex = ''] = run.args
    const error = errorNamed(name)
    const request = parseHex(hex, 'Trailing garbage in hex data')
    if (request.length < HEADER_BYTES) throw new FatalError('Request too short')
    if (request.length !== request.readUInt16BE(2)) throw new FatalError('Request size inconsistent')
    run.print(hexDump(errorReply(error, request), false))
    return Promise.resolve()
  },
}

/** As C's strtol with base 0, in 32 bits. */
function bitmapOf(text: string): number {
  const digits = /^\s*\+?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text)?.[0].trim().replace('+', '') ?? '0'
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits)
  return Number(BigInt.asUintN(32, value))
}

const encodeHello: Command = {
  name: 'encode-hello',
  usage: 'BITMAP',
  help: 'print in hex and decoded the hello for a bitmap of versions',
  min: 1,
  max: 1,
  run(run) {
    const bitmap = bitmapOf(run.args[0] ?? '')
    if (bitmap < 2) throw new FatalError(`no version in bitmap ${run.args[0] ?? ''}`)
    const bytes = helloOf(bitmap, 1)
    run.print(`${hexDump(bytes, false)}${formatBytes(bytes, { verbosity: 0 })}`)
    return Promise.resolve()
  },
}

export const ENCODES: readonly Command[] = [printError, encodeErrorReply, encodeHello]
