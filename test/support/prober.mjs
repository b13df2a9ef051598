/**
 * Runs in a pod of the lab: echoes TCP and UDP at the ports of its arguments (80/TCP 53/UDP), and asks others. Commands come
 * as lines of JSON, {id, protocol, address, port, wait}; each is answered by {id, result}: `echoed`, `silent` when nothing
 * has come back in `wait` milliseconds, or an error code.
 */
import dgram from 'node:dgram'
import net from 'node:net'
import { createInterface } from 'node:readline'

const HELLO = 'hello\n'

function serve(protocol, port) {
  if (protocol === 'TCP') {
    const server = net.createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.pipe(socket)
    })
    return new Promise((resolve) => server.listen({ port, host: '::' }, resolve))
  }
  const socket = dgram.createSocket({ type: 'udp6', ipv6Only: false })
  socket.on('message', (data, { address, port: from }) => socket.send(data, from, address, () => {}))
  return new Promise((resolve) => socket.bind({ port, address: '::' }, resolve))
}

function askTcp({ address, port }, end) {
  const socket = net.connect(port, address, () => socket.write(HELLO))
  socket.on('data', () => end('echoed'))
  socket.on('error', ({ code }) => end(code))
  return () => socket.destroy()
}

function askUdp({ address, port }, end) {
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
  socket.on('message', () => end('echoed'))
  socket.on('error', ({ code }) => end(code))
  socket.send(HELLO, port, address)
  return () => socket.close()
}

function ask({ id, protocol, wait, ...target }) {
  let close = () => {}
  let timer
  const end = (result) => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    close()
    process.stdout.write(`${JSON.stringify({ id, result })}\n`)
  }
  timer = setTimeout(() => end('silent'), wait)
  close = (protocol === 'TCP' ? askTcp : askUdp)(target, end)
}

await Promise.all(
  process.argv.slice(2).map((service) => {
    const [port, protocol] = service.split('/')
    return serve(protocol, Number(port))
  }),
)
createInterface({ input: process.stdin }).on('line', (line) => ask(JSON.parse(line))).on('close', () => process.exit())
process.stdout.write('ready\n')
