import { describe, expect, inject, it } from 'vitest';
import { compilerComplaints } from './compile.ts';
import { PAGES, placeOf } from './pages.ts';
import { isRun, runPage } from './run-page.ts';

describe('the documents', () => {
  it.concurrent.each(PAGES.map((page) => [page.path, page] as const))(
    'run as they stand, and get the answers that they show: %s',
    { timeout: 300_000 },
    async (_path, page) => {
      await runPage(page, { url: inject('url'), state: inject('state') });
    },
  );

  it('have no block that nothing runs', () => {
    const idle = PAGES.flatMap((page) => page.blocks.filter((block) => !isRun(block, page)));
    expect(idle.map(placeOf)).toEqual([]);
  });

  it('show code that the compiler accepts', () => {
    const files = PAGES.flatMap(({ blocks }) => blocks).filter(({ language }) => language === 'ts');
    expect(files.length).toBeGreaterThan(2);
    expect(compilerComplaints(files)).toBe('');
  });
});
