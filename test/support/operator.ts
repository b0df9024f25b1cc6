import { execFile } from 'node:child_process';
import { inject } from 'vitest';

interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command of the operator, such as `npm run account`, on the database of the scenarios' Worker. The test's process goes on
 * meanwhile: one that stands still would not notice which of its connections are closed.
 */
export const operator = (command: 'account' | 'gateways', ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const all = [`src/cli/${command}.ts`, ...args, '--persist-to', inject('state')];
    execFile('node', all, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
