import { expect, it } from 'vitest';
import { freshMs } from '../../src/speech/cache-control.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');
const HTTP_NOW = 'Fri, 01 Jan 2100 12:00:00 GMT';

it.each<[string, Record<string, string>, number]>([
  ['five minutes when nothing is said', {}, 300],
  ['as long as max-age says', { 'cache-control': 'public, max-age=60' }, 60],
  ['as long as s-maxage says, since we are shared', { 'cache-control': 'max-age=60, s-maxage=90' }, 90],
  ['less what it is old already', { 'cache-control': 'max-age=60', age: '45' }, 15],
  ['not at all when it is older', { 'cache-control': 'max-age=60', age: '61' }, 0],
  ['a day at most', { 'cache-control': 'max-age=31536000, immutable' }, 86_400],
  ['not at all: max-age=0', { 'cache-control': 'max-age=0' }, 0],
  ['not at all: no-cache', { 'cache-control': 'No-Cache' }, 0],
  ['not at all: no-store', { 'cache-control': 'max-age=60,no-store' }, 0],
  ['not at all: private', { 'cache-control': 'private, max-age=60' }, 0],
  [
    'as Expires says, by the clock of the server',
    { expires: 'Fri, 01 Jan 2100 13:01:00 GMT', date: 'Fri, 01 Jan 2100 13:00:00 GMT' },
    60,
  ],
  ['as Expires says, by ours when it has none', { expires: 'Fri, 01 Jan 2100 12:02:00 GMT' }, 120],
  ['as max-age says rather than Expires', { expires: HTTP_NOW, 'cache-control': 'max-age=60' }, 60],
  ['not at all: Expires is no date', { expires: '0' }, 0],
  ['five minutes when other things are said', { 'cache-control': 'must-revalidate, x-max-age=5' }, 300],
])('is played without asking %s', (_what, headers, seconds) => {
  expect(freshMs(new Headers(headers), NOW)).toBe(seconds * 1000);
});
