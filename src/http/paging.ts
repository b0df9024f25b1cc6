import * as v from 'valibot';
import { defined } from '../lib/defined.ts';

/** The schema of a whole number in a query string. */
const digits = (most: number) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most,
      `must be a whole number from 1 to ${most}`,
    ),
    v.metadata({ type: 'integer', minimum: 1, maximum: most }),
  );

/** The query parameters that every list has. */
export const pagingFields = {
  page: v.optional(v.pipe(digits(1_000_000), v.description('Page number, from 1')), '1'),
  page_size: v.optional(v.pipe(digits(100), v.description('Results per page')), '50'),
  cursor: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(CA|CF|CN|RE)[0-9a-f]{32}$/, 'must be `next` of the page before'),
      v.description('`next` of the page before; page then does not matter'),
    ),
  ),
};

export interface Page {
  page: number;
  size: number;
  cursor?: string;
}

export const toPage = (query: { page: string; page_size: string; cursor?: string | undefined }): Page =>
  defined({ page: Number(query.page), size: Number(query.page_size), cursor: query.cursor });

/**
 * The page to show of what was found, and how a client gets the next one. Queries find one item more than a page holds, if
 * there is one, so that the page knows whether others follow.
 */
export function pageOf<Item extends { id: string }>(found: Item[], { page, size, cursor }: Page) {
  const last = found.length > size ? found[size - 1] : undefined;
  return {
    items: found.slice(0, size),
    paging: defined({ page: cursor === undefined ? page : undefined, page_size: size, next: last?.id }),
  };
}
