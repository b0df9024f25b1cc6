import { describe, expect, inject, it } from 'vitest';
import { PAGES, placeOf } from './pages.ts';
import { runnerOf, runPage } from './run-page.ts';

describe('the documents', () => {
  it.concurrent.each(PAGES.map((page) => [page.path, page] as const))(
    'run as they stand, and get the answers that they show: %s',
    { timeout: 180_000 },
    async (_path, page) => {
      await runPage(page, { url: inject('url'), state: inject('state') });
    },
  );

  it('have no block that nothing runs', () => {
    const blocks = PAGES.flatMap(({ blocks: all }) => all);
    expect(blocks.filter((block) => !runnerOf(block)).map(placeOf)).toEqual([]);
  });
});
