#!/usr/bin/env node
// Runs the bundle beside it, from what V8 had compiled of it when it was built (see code-cache.cjs). Where that is
// missing, or of another V8, it is compiled anew.
'use strict'
const { readFileSync } = require('node:fs')
const { wrap } = require('node:module')
const { Script } = require('node:vm')

const bundle = `${__filename.slice(0, -'.js'.length)}.bundle.js`

function readCompiled() {
  try {
    return readFileSync(`${bundle}.cache`)
  } catch {
    return undefined
  }
}

if (process.sourceMapsEnabled) {
  // Node applies source maps to modules only.
  require(bundle)
} else {
  const script = new Script(wrap(readFileSync(bundle, 'utf8')), { filename: bundle, cachedData: readCompiled() })
  exports.script = script
  script.runInThisContext()(exports, require, module, bundle, __dirname)
}
