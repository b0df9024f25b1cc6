import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { freePort, printedOn, type RunningWorker, startWorker } from './worker.ts';

export interface OwnWorker {
  /** Where the Worker answers, before and after a restart. */
  readonly url: string;
  readonly folder: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * A Worker that belongs to one test file, for tests that kill it: beside the one that all scenarios share. `entry` is another
 * one than the product's own, around it.
 */
export function ownWorker(entry?: string): OwnWorker {
  const folder = mkdtempSync(join(tmpdir(), 'telefoon-worker-'));
  let port = 0;
  let running: RunningWorker | undefined;
  const start = async () => {
    running = await startWorker(folder, port, entry);
  };
  const kill = async () => running?.kill();
  beforeAll(async () => {
    cpSync(inject('template'), folder, { recursive: true });
    port = await freePort();
    await start();
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(printedOn(folder));
  });
  afterAll(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    folder,
    kill,
    start,
  };
}
