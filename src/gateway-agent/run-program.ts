import { spawn } from 'node:child_process';
import { GatewayError } from './errors.ts';

/** Runs a program without a shell, and resolves to what it printed. Rejects with the end of its error output when it fails. */
export function runProgram(
  command: string,
  args: string[],
  options: { env?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    let printed = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', (error) => reject(new GatewayError(`${command} could not be started: ${error.message}.`)));
    child.on('close', (code) => {
      if (code === 0) return resolve(printed);
      const detail = (errors || printed).trim().split('\n').slice(-5).join(' / ');
      reject(new GatewayError(`${command} ended with code ${code}: ${detail}`));
    });
  });
}
