import { describe, expect, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { worldOf } from '../support/world.ts';

const { api: mine, live, number } = worldOf(import.meta.url);
const strangers = [
  ['another account', apiClient('tf_test_other')],
  ['the same account with a live key', live],
] as const;

describe.each(strangers)('to %s', (_who, stranger) => {
  it('a call does not exist', async () => {
    const id = await mine.place({ to: '+493023125002', simulate: { speed: 1 } });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const) {
      expect(await stranger.send(method, `/calls/${id}${path}`)).toMatchObject({
        status: 404,
        body: { code: 'call_not_found' },
      });
    }
    expect((await mine.call(id)).end_time).toBeUndefined();
    await mine.delete(`/calls/${id}`);
  });

  it('neither calls nor conferences are listed', async () => {
    const id = await mine.place();
    const { body: conference } = await mine.post('/conferences', { friendly_name: 'besloten' });
    expect(JSON.stringify((await stranger.get('/calls?page_size=100')).body)).not.toContain(id);
    expect(JSON.stringify((await stranger.get('/conferences?page_size=100')).body)).not.toContain(conference.id);
    expect(JSON.stringify((await stranger.get(`/calls?cursor=${id}0`)).body)).not.toContain(id);
  });
});

it('an account cannot call from, or to, the numbers of another', async () => {
  const other = apiClient('tf_test_other');
  expect(await other.post('/calls', { to: '+493023125000', from: number })).toMatchObject({
    body: { code: 'from_not_owned' },
  });
  expect(await other.post('/simulator/inbound-calls', { to: number, from: '+31201234567' })).toMatchObject({
    status: 422,
    body: { code: 'to_not_owned' },
  });
});
