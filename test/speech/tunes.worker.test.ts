import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import type { Tune } from '../../src/contracts/carrier.ts';
import { prepareMedia } from '../../src/speech/media.ts';

afterEach(() => void vi.restoreAllMocks());

async function prepared(tune: Tune, rate: 8000 | 16_000, times = 1) {
  const media = await prepareMedia({ tune, times }, env as unknown as Env, rate);
  if (!media.ok) throw new Error(media.refusal);
  return media.value;
}

it('a tune is made once and stored, however often it is played', async () => {
  // The tests share a bucket, and another one may have had the tune made before.
  await env.MEDIA.delete((await prepared('waiting', 8000)).key);
  const put = vi.spyOn(env.MEDIA, 'put');
  const first = await prepared('waiting', 8000);
  const second = await prepared('waiting', 8000, 50);
  expect(second).toEqual(first);
  expect(first.seconds).toBe(20);
  expect(put).toHaveBeenCalledTimes(1);
  const kept = await env.MEDIA.get(first.key);
  expect((await kept?.arrayBuffer())?.byteLength).toBe(44 + 20 * 8000 * 2);
});

it('each tune is a file of its own, at each rate', async () => {
  const all = await Promise.all([prepared('enter', 8000), prepared('enter', 16_000), prepared('leave', 8000)]);
  expect(new Set(all.map(({ key }) => key)).size).toBe(3);
  expect(all.map(({ seconds }) => seconds)).toEqual([0.25, 0.25, 0.25]);
});
