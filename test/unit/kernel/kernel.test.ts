import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandScript, makeJob } from '../../../tools/kernel/job.js'
import { isNoexec } from '../../../tools/kernel/memory.js'
import { Relay } from '../../../tools/kernel/relay.js'
import { parseQueueBytes } from '../../support/htb.js'

describe('guests', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), `heddle-test-${process.pid}-`))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('get the command, the folder and the environment as they are', () => {
    const text = `it's "$HOME" \\ \`x\`\n*`
    const script = commandScript({
      argv: [process.execPath, '-e', 'console.log(JSON.stringify([process.cwd(), process.env.TEXT, process.argv[1]]))', text],
      directory: folder,
      environment: { TEXT: text, 'BASH_FUNC_x%%': '() { :; }', UID: '7', EMPTY: undefined },
    })
    const said = execFileSync('env', ['-i', 'bash', '-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    assert.deepEqual(JSON.parse(said), [folder, text, text])
  })

  it('have a folder for their job, which is removed', () => {
    const init = join(folder, 'init.sh')
    writeFileSync(init, 'exit 0')
    const job = makeJob(
      { argv: ['true'], directory: '/', environment: {}, writable: [folder], modules: ['veth', 'tun'], notBefore: 2, kernel: '/k' },
      init,
    )
    assert.equal(readFileSync(join(job.folder, 'writable'), 'utf8'), `${folder}\n`)
    assert.equal(readFileSync(join(job.folder, 'modules'), 'utf8'), 'veth\ntun\n')
    assert.equal(readFileSync(job.path('stdout'), 'utf8'), '')
    job.remove()
    assert.equal(existsSync(job.folder), false)
  })

  it('refuse folders that cannot be mounted, and leave nothing', () => {
    const odd = mkdtempSync(join(folder, 'a,b '))
    const spec = { argv: ['true'], directory: '/', environment: {}, modules: [], notBefore: 0, kernel: '/k' }
    assert.throws(() => makeJob({ ...spec, writable: [odd] }, '/dev/null'), { code: 'KERNEL_OPTION_INVALID' })
  })

  it('keep their memory where it can be executed', () => {
    const mounts = 'd / ext4 rw 0 0\ns /dev devtmpfs rw 0 0\ns /dev/shm tmpfs rw,nosuid,noexec 0 0\nt /tmp tmpfs rw,noexec 0 0\nt /tmp tmpfs rw 0 0\n'
    const folders = ['/dev/shm', '/dev/shm/x', '/dev/shmx', '/tmp', '/var/tmp']
    assert.deepEqual(folders.map((each) => isNoexec(each, mounts)), [true, true, false, false, false])
  })

  it('are heard as they speak, each byte once', () => {
    const file = join(folder, 'stdout')
    const heard: string[] = []
    writeFileSync(file, 'one')
    const relay = new Relay(file, { write: (chunk: Buffer) => heard.push(chunk.toString()) > 0 })
    relay.pass()
    relay.pass()
    writeFileSync(file, 'one, two')
    relay.pass()
    relay.close()
    assert.deepEqual(heard, ['one', ', two'])
  })
})

describe('queues of a device', () => {
  it('are read from what tc says', () => {
    const text = [
      'class htb 1:fffe root rate 20Mbit ceil 20Mbit burst 1500b cburst 1500b ',
      ' Sent 900 bytes 9 pkt (dropped 0, overlimits 0 requeues 0) ',
      ' backlog 0b 0p requeues 0',
      '',
      'class htb 1:11 parent 1:fffe prio 4 rate 4Mbit ceil 20Mbit burst 1564b cburst 1562b ',
      ' Sent 700 bytes 7 pkt (dropped 0, overlimits 0 requeues 0) ',
      '',
      'class htb 1:1 parent 1:fffe prio 7 rate 200Kbit ceil 20Mbit burst 1564b cburst 1562b ',
      ' Sent 200 bytes 2 pkt (dropped 0, overlimits 0 requeues 0) ',
    ]
    assert.deepEqual([...parseQueueBytes(text.join('\n'))], [[16, 700], [0, 200]])
  })
})
