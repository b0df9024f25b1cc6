import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** An error of the person at the keyboard: its message is printed as a sentence, without a stack. */
export class UsageError extends Error {}

/** Reads the command line. One that cannot be read ends the program with a sentence and the help. */
export function readArguments<const Given extends Options>(options: Given, help: string) {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(1);
  }
}

/** Runs the command of that name; prints the help where there is none. */
export async function runCommand(
  commands: Record<string, () => void | Promise<void>>,
  name: string | undefined,
  help: string,
): Promise<void> {
  try {
    const run = commands[name ?? ''];
    if (!run) throw new UsageError(help);
    await run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
