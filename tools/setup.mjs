// Makes a fresh clone ready: npm packages, Debian packages (as root), build. Needs nothing but Node and npm, so it
// is plain JavaScript and imports only what Node brings along. Says nothing when there is nothing to do.
//   --no-apt    do not look for Debian packages (the controller alone needs none)
//   --no-build  do not compile
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const minimumNode = [20, 19]

/** Programs that tests and demo run, and the Debian package of each. */
const debianPackages = {
  'ovsdb-server': 'openvswitch-switch',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovs-ofctl': 'openvswitch-switch',
  'ovs-vsctl': 'openvswitch-switch',
  ip: 'iproute2',
  ping: 'iputils-ping',
  ethtool: 'ethtool',
  iperf3: 'iperf3',
  modprobe: 'kmod',
}

class SetupError extends Error {}

function main(args) {
  const unknown = args.filter((arg) => !['--no-apt', '--no-build'].includes(arg))
  if (unknown.length > 0) throw new SetupError(`unknown argument "${unknown[0]}": there are --no-apt and --no-build`)
  checkNode()
  if (!npmPackagesAreThere()) installNpmPackages()
  const missing = args.includes('--no-apt') ? [] : missingPrograms()
  if (missing.length > 0) installDebianPackages(missing)
  if (!args.includes('--no-build')) build()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > minimumNode[0] || (major === minimumNode[0] && minor >= minimumNode[1])) return
  throw new SetupError(
    `Node ${process.versions.node} at ${process.execPath} is too old: Heddle needs Node ${minimumNode.join('.')} or newer ` +
      '(https://nodejs.org/en/download)',
  )
}

/** True when node_modules holds what package-lock.json asks for; npm keeps its own account in .package-lock.json. */
function npmPackagesAreThere() {
  const wanted = readPackages(join(root, 'package-lock.json'))
  if (!wanted) throw new SetupError('package-lock.json is missing or broken; is this a whole clone?')
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!installed) return false
  return Object.entries(wanted).every(([path, entry]) => {
    // Only what lies in node_modules is installed; optional packages may be for another platform.
    if (!path.startsWith('node_modules/')) return true
    const there = installed[path]
    if (!there) return Boolean(entry.optional || entry.devOptional || entry.peer)
    const same = there.version === entry.version && there.integrity === entry.integrity
    return same && existsSync(join(root, path))
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

function installNpmPackages() {
  say('installing npm packages (npm ci)')
  // Under npm its own program is named to us; otherwise the one in PATH is taken.
  const npm = process.env.npm_execpath
  const command = npm && basename(npm) === 'npm-cli.js' ? [process.execPath, npm] : ['npm']
  step('npm ci', [...command, 'ci', '--include=dev', '--no-audit', '--no-fund'])
}

function missingPrograms() {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/bin', '/usr/sbin', '/sbin']
  return Object.keys(debianPackages).filter((program) => !folders.some((folder) => isProgram(join(folder, program))))
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function installDebianPackages(programs) {
  const packages = [...new Set(programs.map((program) => debianPackages[program]))]
  const install = `apt-get install ${packages.join(' ')}`
  if (process.getuid?.() !== 0) {
    throw new SetupError(`not found: ${programs.join(', ')}. Run this as root, or first, as root: ${install}`)
  }
  if (!isProgram('/usr/bin/apt-get')) {
    throw new SetupError(`not found: ${programs.join(', ')}, nor apt-get to install them; on Debian it is: ${install}`)
  }
  say(`installing Debian packages: ${packages.join(' ')}`)
  withoutServices(() => {
    const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    step('apt-get update', ['apt-get', ...options, 'update'], env)
    step('apt-get install', ['apt-get', ...options, 'install', '-y', '--no-install-recommends', ...packages], env)
  })
  const still = missingPrograms()
  if (still.length > 0) throw new SetupError(`still not found after ${install}: ${still.join(', ')}`)
}

/** The package would start a switch for the whole machine, which we do not need: forbidden while we install. */
function withoutServices(task) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return task()
  // A signal that ends apt-get must not end us before the policy is gone.
  const ignore = () => undefined
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, ignore)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    task()
  } finally {
    rmSync(policy, { force: true })
    for (const signal of signals) process.off(signal, ignore)
  }
}

function build() {
  step('build (tsc -b)', [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'])
  step('build (bundles)', [process.execPath, join(root, 'tools', 'bundle.mjs')])
}

/** Runs a command with our terminal. Throws SetupError unless it succeeds. */
function step(what, [program, ...args], env = process.env) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env })
  if (error) throw new SetupError(`${what}: cannot run ${program}: ${error.message}`)
  if (status !== 0) throw new SetupError(`${what} failed (${signal ?? `exit code ${status}`}); see above`)
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`)
}

try {
  main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  process.exitCode = 1
}
