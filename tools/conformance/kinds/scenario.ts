/** Sessions: steps of real tools and of ours in one directory, each compared with what the real tools said. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { normalErrors, normalOutput, sameText } from '../session/normal.js'
import { commandOf, type Subject } from '../session/programs.js'
import { type Ran, Sandbox } from '../session/sandbox.js'
import { sessionOf, type Step } from '../session/steps.js'
import type { Answer, Kind, Kinds } from '../vector.js'

async function runStep(step: Step, subject: Subject, sandbox: Sandbox): Promise<Ran> {
  const { directory } = sandbox
  const here = (text: string): string => text.replaceAll('{dir}', directory)
  const argv = step.argv.map(here)
  const [program, args] = step.tool === subject.tool ? commandOf(subject) : [step.tool, []]
  return sandbox.run(program, [...args, ...argv], {
    ...(step.stdin !== undefined && { stdin: here(step.stdin) }),
    daemon: step.daemon === true,
  })
}

const isSorted = ({ argv }: Step): boolean => argv.some((arg) => /^--r?sort/.test(arg))

/** What is wrong with a step; undefined: nothing. */
function fault(step: Step, ran: Ran, subject: Subject, { directory }: Sandbox): string | undefined {
  const errors = normalErrors(ran.stderr, directory, [step.tool, subject.program, `${subject.program} ${subject.args.join(' ')}`])
  if (ran.code !== step.rc) return `exit code ${ran.code}, not ${step.rc}\n${ran.stdout}${errors}`
  const output = normalOutput(ran.stdout, directory)
  const wanted = normalOutput(step.stdout, directory)
  if (step.verify && !sameText(output, wanted, isSorted(step))) return `printed\n${output}instead of\n${wanted}`
  if (step.stderr === undefined || step.tool !== subject.tool) return undefined
  const wantedErrors = normalErrors(step.stderr, directory, [step.tool])
  return sameText(errors, wantedErrors, false) ? undefined : `said\n${errors}instead of\n${wantedErrors}`
}

/** A switch counts and expires a little after what it was told; to ask again changes nothing. */
const isQuestion = ({ tool, argv, rc }: Step): boolean =>
  tool !== 'ovs-vsctl' && rc === 0 && argv.some((arg) => /^(?:\w+\/)?(?:dump|show)/.test(arg))

const patience = (step: Step): number => (step.wait !== undefined && step.wait !== false ? 10_000 : isQuestion(step) ? 1000 : 0)

/** Runs a step, one with `wait` until it is right or its time is over. */
async function judgeStep(step: Step, subject: Subject, sandbox: Sandbox): Promise<string | undefined> {
  const deadline = Date.now() + patience(step)
  for (;;) {
    const wrong = fault(step, await runStep(step, subject, sandbox), subject, sandbox)
    if (wrong === undefined || Date.now() >= deadline) return wrong
    await sleep(50)
  }
}

async function writeFiles({ files = {} }: Step, { directory }: Sandbox): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content.replaceAll('{dir}', directory))
  }
}

/** Nothing, or the first step that went another way. */
const session =
  (subject: Subject): Kind =>
  (vector) => {
    const { steps, vswitchd } = sessionOf(vector)
    return Sandbox.with(async (sandbox): Promise<Answer> => {
      if (vswitchd !== undefined) await sandbox.startSwitch(vswitchd)
      for (const [i, step] of steps.entries()) {
        await writeFiles(step, sandbox)
        const wrong = await judgeStep(step, subject, sandbox)
        if (wrong === undefined) continue
        return { output: '', error: `step ${i + 1}: ${step.tool} ${step.argv.join(' ')}: ${wrong}` }
      }
      return { output: null }
    })
  }

export const SCENARIO_KINDS: Kinds = {
  'ofctl-scenario': session({ tool: 'ovs-ofctl', program: 'heddle-ofctl', args: [] }),
  'vsctl-scenario': session({ tool: 'ovs-vsctl', program: 'heddle', args: ['vsctl'] }),
  'ovsdb-client-scenario': session({ tool: 'ovsdb-client', program: 'heddle', args: ['ovsdb'] }),
}
