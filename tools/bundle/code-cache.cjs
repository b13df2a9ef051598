// Runs a program and keeps what V8 has compiled of its bundle by the end, which includes the functions that were called:
//   node code-cache.cjs PROGRAM.js [ARG...]
'use strict'
const { writeFileSync } = require('node:fs')

process.argv.splice(1, 1)
const [, program] = process.argv
process.once('exit', () => {
  writeFileSync(program.replace(/js$/, 'bundle.js.cache'), require(program).script.createCachedData())
})
require(program)
