import { expect, it } from 'vitest';
import { limiter } from '../../src/lib/limiter.ts';

/** Work that ends when it is told to. */
function piecesOfWork(count: number, atOnce: number) {
  const limit = limiter(atOnce);
  const begun: number[] = [];
  const ends: ((how: 'well' | 'badly') => void)[] = [];
  const results = Array.from({ length: count }, (_, at) =>
    limit(() => {
      begun.push(at);
      return new Promise<number>((resolve, reject) => {
        ends[at] = (how) => (how === 'well' ? resolve(at) : reject(new Error(`${at} failed`)));
      });
    }),
  );
  return { begun, results, end: (at: number, how: 'well' | 'badly' = 'well') => ends[at]?.(how) };
}

it('a limiter begins only so much at once, and the rest in the order in which it came', async () => {
  const { begun, results, end } = piecesOfWork(5, 2);
  expect(begun).toEqual([0, 1]);
  end(1);
  expect(await results[1]).toBe(1);
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  end(0);
  end(2);
  await expect.poll(() => begun).toEqual([0, 1, 2, 3, 4]);
  end(4);
  end(3);
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4]);
});

it('a limiter goes on after work that failed, whose caller hears of the failure', async () => {
  const { begun, results, end } = piecesOfWork(2, 1);
  end(0, 'badly');
  await expect(results[0]).rejects.toThrow('0 failed');
  await expect.poll(() => begun).toEqual([0, 1]);
  end(1);
  expect(await results[1]).toBe(1);
});

it('a limiter begins work at once again after a time without any', async () => {
  const limit = limiter(1);
  for (const at of [1, 2, 3]) expect(await limit(async () => at)).toBe(at);
});
