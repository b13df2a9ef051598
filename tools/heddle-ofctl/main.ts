import { processIo } from './io.js'
import { runOfctl } from './run.js'

// Whoever reads our output may stop before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

void runOfctl(process.argv.slice(2), processIo).then((code) => {
  process.exitCode = code
})
