import { FatalError } from '../cli/errors.js'

/** Bytes in hex, with spaces anywhere between them, as ovs-ofctl takes them. @throws FatalError with `complaint` */
export function parseHex(text: string, complaint: string): Buffer {
  const bytes = /^(?:\s*[0-9a-fA-F]{2})*\s*$/.exec(text)
  if (bytes === null) throw new FatalError(complaint)
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

/** As C's atoi: the number that a text begins with, else 0. */
export const leadingInteger = (text: string): number => Number(/^\s*[-+]?\d+/.exec(text)?.[0] ?? 0)
