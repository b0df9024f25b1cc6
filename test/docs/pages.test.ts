import { describe, expect, inject, it } from 'vitest';
import { compilerComplaints } from './compile.ts';
import { PAGES, placeOf } from './pages.ts';
import { runnerOf, runPage } from './run-page.ts';

const BLOCKS = PAGES.flatMap(({ blocks }) => blocks);

describe('the documents', () => {
  it.concurrent.each(PAGES.map((page) => [page.path, page] as const))(
    'run as they stand, and get the answers that they show: %s',
    { timeout: 180_000 },
    async (_path, page) => {
      await runPage(page, { url: inject('url'), state: inject('state') });
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
