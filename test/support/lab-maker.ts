import { Lab } from '../../tools/lab/lab.js'

// A process that makes a lab and then waits to be killed: argument 1 is the lab's name.
const lab = await Lab.up({ name: process.argv[2] ?? '', hosts: 2 })
process.stdout.write(`${lab.name} is up\n`)
setInterval(() => undefined, 1000)
