import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { prepareState, startWorker } from './worker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Worker of the scenarios answers. */
    url: string;
    /** Its state folder, for the operator's commands. */
    state: string;
  }
}

export async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'telefoon-scenarios-'));
  prepareState(folder);
  const worker = await startWorker(folder);
  project.provide('url', worker.url);
  project.provide('state', folder);
  return async () => {
    await worker.kill();
    rmSync(folder, { recursive: true });
  };
}
