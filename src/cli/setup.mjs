// What `npm start` and `npm test` do first, on any Node from 20 on: install what is missing, prepare the local database.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const run = (command, ...args) => {
  // Without a terminal on stdin, wrangler answers its own questions instead of asking.
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
};

const stamp = 'node_modules/.package-lock.json';
if (!existsSync(stamp) || statSync(stamp).mtimeMs < statSync('package-lock.json').mtimeMs) {
  console.log('Installing dependencies …');
  run('npm', 'ci', '--loglevel=error', '--no-audit', '--no-fund');
}
if (process.argv.includes('--db')) run('npx', '--no-install', 'node', 'src/cli/local-database.ts');
