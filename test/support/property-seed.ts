import fc from 'fast-check'

/**
 * Property tests draw the same examples in every run, so that a red run is red again. `HEDDLE_SEED=NUMBER` draws others;
 * `HEDDLE_SEED=random` new ones each time: worth a run now and then, they still find things.
 */
const DEFAULT_SEED = 20_261_122

const asked = process.env['HEDDLE_SEED']
const seed = asked === 'random' ? Date.now() >>> 0 : Number(asked ?? DEFAULT_SEED)
if (!Number.isInteger(seed)) throw new Error(`HEDDLE_SEED must be a whole number or "random", not "${asked ?? ''}"`)
if (asked !== undefined) process.stderr.write(`property tests: HEDDLE_SEED=${seed}\n`)
fc.configureGlobal({ seed })
