// Runs a program and keeps what V8 has compiled of its bundle by the end, which includes the functions that were called:
//   node code-cache.cjs PROGRAM.js [ARG...]
'use strict'
const { writeFileSync } = require('node:fs')

process.argv.splice(1, 1)
const program = process.argv[1]
process.once('exit', () => {
  const { script, cache } = require(program)
  writeFileSync(cache, script.createCachedData())
})
require(program)
