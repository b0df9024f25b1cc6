import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Block } from './pages.ts';

const { scripts, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'scripts' | 'dependencies' | 'devDependencies',
  Record<string, string>
>;

/** Commands of the reader's own machine. */
const SYSTEM = ['curl', 'openssl'];

/** The commands of a block, one a line, without what is set for them. */
export const commandsIn = ({ text }: Block): string[] =>
  text
    .replace(/\\\n/g, ' ')
    .split(/\n| \| /)
    .map((line) => line.trim().replace(/^([A-Z_]+=\S+ )+/, ''))
    .filter((line) => /^[a-z]/.test(line));

/** Commands that are not there, of a block that is not run. */
export const missingCommands = (block: Block): string[] => commandsIn(block).filter((command) => !exists(command));

function exists(command: string): boolean {
  const [program = '', first = '', second = ''] = command.split(/\s+/);
  if (program === 'npm') return (first === 'run' ? second : first) in scripts;
  if (program === 'npx') return first in { ...dependencies, ...devDependencies };
  if (program === 'node') return existsSync(first);
  return SYSTEM.includes(program) || /^"?[a-z_]+"?:/.test(command);
}

/** The paths of this repository that a text names. A placeholder in one is anything. */
export const pathsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w/.<])(?:src|test|migrations)\/[\w./-]*[\w/]/g)].map(([path]) => path);

/** The options that a program does not have, of the commands that call it. */
export const unknownOptions = (commands: string[], help: string): string[] =>
  commands.flatMap(optionsIn).filter((option) => !help.includes(`--${option}`));

const optionsIn = (command: string): string[] =>
  [...command.matchAll(/ --([a-z][a-z-]*)/g)].map(([, option = '']) => option);

/** What a program prints about itself. */
export const helpOf = (command: string, ...args: string[]): string => {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return stdout + stderr;
};

/** Read, since asking wrangler itself takes more than a second for each command. */
let wrangler: string | undefined;

/** A command that wrangler does not have, or options that none of its commands has. */
export function unknownToWrangler(call: string): string[] {
  wrangler ??= readFileSync('node_modules/wrangler/wrangler-dist/cli.js', 'utf8');
  const source = wrangler;
  const words = call.split(' ');
  const names = words.map((_, end) => words.slice(0, end + 1).join(' ')).slice(1);
  const options = optionsIn(call).filter((it) => !source.includes(`${it}: {`) && !source.includes(`"${it}"`));
  return [...(names.some((name) => source.includes(`command: "${name}"`)) ? [] : [call]), ...options];
}
