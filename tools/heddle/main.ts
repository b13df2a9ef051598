import { text } from 'node:stream/consumers'
import { runCli } from './cli.js'
import { EXIT } from './io.js'

// `heddle get pods | head` ends by a closed pipe, which is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failure)
})

void runCli(process.argv.slice(2), {
  env: process.env,
  out: (output) => {
    process.stdout.write(output)
  },
  err: (output) => {
    process.stderr.write(output)
  },
  stdin: () => text(process.stdin),
}).then((code) => {
  process.exitCode = code
})
