/**
 * The command with which a line may begin, and what follows it. As with ovs-ofctl, any beginning of a command's name
 * stands for it; what begins no name is part of the line.
 */
export function takeCommand<C extends string>(
  line: string,
  commands: readonly C[],
  otherwise: C,
): readonly [C, string] {
  const text = line.replace(/^[ \t\r\n]+/, '')
  const word = /^[^, \t\r\n]*/.exec(text)?.[0] ?? ''
  const command = commands.find((name) => name.startsWith(word))
  return command === undefined ? [otherwise, text] : [command, text.slice(word.length)]
}
