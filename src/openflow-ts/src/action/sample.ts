import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { PORTS, widenPort } from '../ports.js'
import type { TextContext } from '../text/context.js'
import { strToU16, strToU32 } from '../text/numbers.js'
import { formatPort, portFromText } from '../text/ports.js'
import { scanKeyValues } from '../text/scan.js'
import { define, nicira } from './spec.js'
import type { SampleAction } from './types.js'
import { bad, expectZeros } from './wire-fields.js'

const DIRECTIONS = [undefined, 'ingress', 'egress'] as const

function writeSample(w: Writer, a: SampleAction): void {
  w.u16(a.probability)
  w.u32(a.collector_set_id)
  w.u32(a.obs_domain_id)
  w.u32(a.obs_point_id)
}

function writeSample2(w: Writer, a: SampleAction): void {
  writeSample(w, a)
  w.u16((a.sampling_port ?? PORTS.NONE) & 0xffff)
  w.u8(DIRECTIONS.indexOf(a.direction))
}

function readSample(r: Reader): SampleAction {
  const offset = r.offset
  const probability = r.u16()
  if (probability === 0) throw bad('sample: no packet at all', offset, 'OFPBAC_BAD_ARGUMENT')
  return {
    type: 'sample',
    probability,
    collector_set_id: r.u32(),
    obs_domain_id: r.u32(),
    obs_point_id: r.u32(),
  }
}

function withPort(a: SampleAction, port: number): SampleAction {
  return port === PORTS.NONE ? a : { ...a, sampling_port: port }
}

function readSample3(r: Reader): SampleAction {
  const offset = r.offset
  const body = r.slice(14)
  const port = widenPort(r.u16())
  const code = r.u8()
  expectZeros(r, 'NXBRC_MUST_BE_ZERO')
  if (code >= DIRECTIONS.length) throw bad(`sample: direction ${code}`, offset, 'OFPBAC_BAD_ARGUMENT')
  const direction = DIRECTIONS[code]
  const a: SampleAction = { ...withPort(readSample(body), port), form: 'sample3' }
  return direction === undefined ? a : { ...a, direction }
}

const FORMS = ['sample', 'sample2', 'sample3']

type Draft = { -readonly [K in keyof SampleAction]: SampleAction[K] }

const KEYS: Readonly<Record<string, (a: Draft, value: string, ctx: TextContext) => unknown>> = {
  probability(a, value) {
    a.probability = strToU16(value, 'probability')
    if (a.probability === 0) throw new TextError(`invalid probability value "${value}"`)
  },
  collector_set_id: (a, value) => (a.collector_set_id = strToU32(value)),
  obs_domain_id: (a, value) => (a.obs_domain_id = strToU32(value)),
  obs_point_id: (a, value) => (a.obs_point_id = strToU32(value)),
  sampling_port(a, value, ctx) {
    const port = portFromText(value, ctx)
    if (port === undefined) throw new TextError(`${value}: unknown port`)
    if (port === PORTS.NONE) delete a.sampling_port
    else a.sampling_port = port
  },
  ingress: (a) => (a.direction = 'ingress'),
  egress: (a) => (a.direction = 'egress'),
}

export const sampleSpec = define<SampleAction>({
  name: 'sample',
  doc: 'Sends samples of the packets that pass, `probability` of 65535, to the IPFIX collectors of a set.',
  syntax:
    'sample(probability=N,collector_set_id=ID,obs_domain_id=ID,obs_point_id=ID,sampling_port=PORT,ingress|egress), ' +
    'all but the probability optional',
  types: ['sample'],
  forms: [
    nicira('SAMPLE', 29, { encode: writeSample, decode: readSample }, { bytes: 24 }),
    nicira(
      'SAMPLE2',
      38,
      {
        encode: writeSample2,
        decode: (r) => {
          const a = readSample(r)
          return { ...withPort(a, widenPort(r.u16())), form: 'sample2' }
        },
      },
      { bytes: 32 },
    ),
    nicira('SAMPLE3', 41, { encode: writeSample2, decode: readSample3 }, { bytes: 32 }),
  ],
  choose(a) {
    const needed = a.direction !== undefined ? 2 : a.sampling_port !== undefined ? 1 : 0
    return Math.max(needed, FORMS.indexOf(a.form ?? 'sample'))
  },
  parse(arg, env) {
    const a: Draft = { type: 'sample', probability: 0, collector_set_id: 0, obs_domain_id: 0, obs_point_id: 0 }
    for (const { key, value } of scanKeyValues(arg)) {
      const take = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined
      if (take === undefined) throw new TextError(`invalid key "${key}" in "sample" argument`)
      take(a, value, env.ctx)
    }
    if (a.probability === 0) throw new TextError('non-zero "probability" must be specified on sample')
    return a
  },
  format(a, env) {
    let text = `sample(probability=${a.probability},collector_set_id=${a.collector_set_id}`
    text += `,obs_domain_id=${a.obs_domain_id},obs_point_id=${a.obs_point_id}`
    if (a.sampling_port !== undefined) text += `,sampling_port=${formatPort(a.sampling_port, env.ctx)}`
    if (a.direction !== undefined) text += `,${a.direction}`
    return `${text})`
  },
})
