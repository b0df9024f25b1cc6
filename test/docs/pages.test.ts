import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { prepareState } from '../support/worker.ts';
import { compilerComplaints } from './compile.ts';
import { PAGES, placeOf } from './pages.ts';
import { runnerOf, runPage } from './run-page.ts';

const BLOCKS = PAGES.flatMap(({ blocks }) => blocks);

const spare = mkdtempSync(join(tmpdir(), 'telefoon-docs-state-'));

beforeAll(() => prepareState(spare));
afterAll(() => rmSync(spare, { recursive: true }));

describe('the documents', () => {
  it.concurrent.each(PAGES.map((page) => [page.path, page] as const))(
    'run as they stand, and get the answers that they show: %s',
    { timeout: 300_000 },
    async (_path, page) => {
      await runPage(page, { url: inject('url'), state: inject('state'), spare });
    },
  );

  it('have no block that nothing runs', () => {
    expect(BLOCKS.filter((block) => !runnerOf(block)).map(placeOf)).toEqual([]);
  });

  it('show code that the compiler accepts', () => {
    const files = BLOCKS.filter(({ language }) => language === 'ts');
    expect(files.length).toBeGreaterThan(2);
    expect(compilerComplaints(files)).toBe('');
  });
});
