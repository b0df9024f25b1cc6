import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What the person at the keyboard got wrong: told as a sentence, without a stack. */
export class Mistake extends Error {}

/** The command line of an operator's command; one that cannot be read ends with a sentence and the help. */
export function readArguments<const Given extends Options>(options: Given, help: string) {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(1);
  }
}

/** Runs the command of that name; without one, the help. */
export async function runCommand(
  commands: Record<string, () => void | Promise<void>>,
  name: string | undefined,
  help: string,
): Promise<void> {
  try {
    const run = commands[name ?? ''];
    if (!run) throw new Mistake(help);
    await run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
