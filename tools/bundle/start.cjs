#!/usr/bin/env node
// Runs the bundle beside it, from what V8 had compiled of it when it was built (see code-cache.cjs). Another Node finds
// nothing compiled, and other flags of V8 have it refused; the bundle is compiled anew then.
'use strict'
const { readFileSync } = require('node:fs')
const { wrap } = require('node:module')
const { Script } = require('node:vm')

const bundle = `${__filename.slice(0, -'.js'.length)}.bundle.js`
const cache = `${bundle}.${process.version}-${process.arch}.cache`

function readCache() {
  try {
    return readFileSync(cache)
  } catch {
    return undefined
  }
}

if (process.sourceMapsEnabled) {
  // Node applies source maps to modules only.
  require(bundle)
} else {
  const script = new Script(wrap(readFileSync(bundle, 'utf8')), { filename: bundle, cachedData: readCache() })
  Object.assign(exports, { script, cache })
  script.runInThisContext()(exports, require, module, bundle, __dirname)
}
