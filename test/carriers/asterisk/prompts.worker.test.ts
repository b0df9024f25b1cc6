import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { preparePrompts } from '../../../src/carriers/asterisk/prompts.ts';

it('files of customers have turns, and nothing else has to wait for one', async () => {
  let turns = 0;
  const ends: (() => void)[] = [];
  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    turns += 1;
    await new Promise<void>((resolve) => ends.push(resolve));
    return work();
  };
  const tools = { env: env as unknown as Env, origin: 'http://edge.example', rate: 8000, inTurn } as const;
  const quick = await preparePrompts([{ pause: 1 }, { digits: '1' }], tools);
  expect(quick).toMatchObject({ pieces: [{}, { keys: '1' }, {}], failures: [] });
  expect(turns).toBe(0);
  const files = preparePrompts([{ play: 'ftp://x.example/a.wav', times: 1 }, { pause: 1 }], tools);
  await expect.poll(() => ends).toHaveLength(1);
  ends[0]?.();
  expect(await files).toMatchObject({ failures: [{ code: 'prompt_url_refused' }] });
  expect(turns).toBe(1);
});

it.each([
  [8000, 'wav'],
  [16_000, 'wav16'],
] as const)('of %i Hz are fetched as .%s', async (rate, ending) => {
  const inTurn = <Result>(work: () => Promise<Result>) => work();
  const tools = { env: env as unknown as Env, origin: 'http://edge.example', rate, inTurn };
  const { pieces } = await preparePrompts([{ pause: 1 }], tools);
  expect(pieces).toEqual([{ media: [expect.stringMatching(new RegExp(`/v1/media/[0-9a-f]{64}\\.${ending}\\?`))] }]);
});
