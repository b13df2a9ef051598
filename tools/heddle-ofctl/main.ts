import { processIo } from './io.js'
import { PROGRAM } from './program.js'
import { runOfctl } from './run.js'

// Whoever reads our output may stop before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`${PROGRAM}: write to stdout failed\n`)
  process.exit(1)
})

void runOfctl(process.argv.slice(2), processIo).then((code) => {
  process.exitCode = code
})
