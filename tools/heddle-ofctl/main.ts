#!/usr/bin/env node
import { processIo } from './io.js'
import { runOfctl } from './run.js'

// Whoever reads our output may stop before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

process.exitCode = await runOfctl(process.argv.slice(2), processIo)
