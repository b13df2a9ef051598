/** Bytes as OpenFlow has them, big-endian. */
export { Reader } from './binary/reader.js'
export { joinWords } from './binary/words.js'
export { Writer } from './binary/writer.js'
