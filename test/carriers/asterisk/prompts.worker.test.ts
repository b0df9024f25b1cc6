import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { preparePrompts } from '../../../src/carriers/asterisk/prompts.ts';

it('prompts that are files of customers are limited in number at once, and no other prompt waits for them', async () => {
  let files = 0;
  const ends: (() => void)[] = [];
  const limit = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    files += 1;
    await new Promise<void>((resolve) => ends.push(resolve));
    return work();
  };
  const context = { env: env as unknown as Env, origin: 'http://edge.example', rate: 8000, limit } as const;
  const quick = await preparePrompts([{ pause: 1 }, { digits: '1' }], context);
  expect(quick).toMatchObject({ parts: [{}, { keys: '1' }, {}], failures: [] });
  expect(files).toBe(0);
  const prepared = preparePrompts([{ play: 'ftp://x.example/a.wav', times: 1 }, { pause: 1 }], context);
  await expect.poll(() => ends).toHaveLength(1);
  ends[0]?.();
  expect(await prepared).toMatchObject({ failures: [{ code: 'prompt_url_refused' }] });
  expect(files).toBe(1);
});

it.each([
  [8000, 'wav'],
  [16_000, 'wav16'],
] as const)('prompts of %i Hz are fetched as .%s', async (rate, ending) => {
  const limit = <Result>(work: () => Promise<Result>) => work();
  const context = { env: env as unknown as Env, origin: 'http://edge.example', rate, limit };
  const { parts } = await preparePrompts([{ pause: 1 }], context);
  expect(parts).toEqual([{ media: [expect.stringMatching(new RegExp(`/v1/media/[0-9a-f]{64}\\.${ending}\\?`))] }]);
});
