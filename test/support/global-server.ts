import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { runSql } from '../../src/cli/database.ts';
import { prepareState, printedOn, startWorker } from './worker.ts';
import { accountOf, rowsOf } from './world.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Worker of the scenarios answers. */
    url: string;
    /** Its state folder, for the operator's commands. */
    state: string;
    /** A prepared state that no Worker uses: whoever starts one of their own begins with a copy. */
    template: string;
  }
}

export async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'telefoon-scenarios-'));
  const [template, state] = [join(folder, 'template'), join(folder, 'state')];
  mkdirSync(template);
  prepareState(template);
  runSql(
    ['--local', '--persist-to', template],
    (await rowsOf(readdirSync('test/scenarios').map(accountOf))).join('\n'),
  );
  process.env.PATH = `${resolve('test/support/bin')}:${process.env.PATH}`;
  cpSync(template, state, { recursive: true });
  const worker = await startWorker(state);
  project.provide('url', worker.url);
  project.provide('state', state);
  project.provide('template', template);
  return async () => {
    await worker.kill();
    if (project.vitest.state.getCountOfFailedTests() > 0) process.stderr.write(printedOn(state));
    rmSync(folder, { recursive: true });
  };
}
