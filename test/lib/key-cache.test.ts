import { describe, expect, it } from 'vitest';
import { KeyCache } from '../../src/lib/key-cache.ts';

const NOW = Date.parse('2100-01-01T12:00:00Z');

/** A database that knows some hashes, and counts what it is asked. */
function database(known: string[]) {
  const asked: string[] = [];
  let away = false;
  const goAway = () => {
    away = true;
  };
  const load = (hash: string) => async () => {
    asked.push(hash);
    if (away) throw new Error('away (part of this test)');
    return known.includes(hash) ? `owner of ${hash}` : undefined;
  };
  return { asked, load, goAway, forget: () => void known.splice(0) };
}

describe('keys that are remembered', () => {
  it('cost one question for a wrong key that is tried 400 times, and for a good one', async () => {
    const { asked, load } = database(['good']);
    const keys = new KeyCache<string>();
    for (let n = 0; n < 400; n++) {
      expect(await keys.owner('wrong', NOW + n, load('wrong'))).toBeUndefined();
      expect(await keys.owner('good', NOW + n, load('good'))).toBe('owner of good');
    }
    expect(asked).toEqual(['wrong', 'good']);
  });

  it('are not pushed out by any number of wrong ones', async () => {
    const { asked, load } = database(['good']);
    const keys = new KeyCache<string>();
    await keys.owner('good', NOW, load('good'));
    for (let n = 0; n < 20_000; n++) await keys.owner(`wrong ${n}`, NOW, load(`wrong ${n}`));
    await keys.owner('good', NOW, load('good'));
    expect(asked.filter((hash) => hash === 'good')).toHaveLength(1);
  });

  it('are asked for again after half a minute, and a wrong key may have become good', async () => {
    const { load } = database(['late']);
    const keys = new KeyCache<string>();
    expect(await keys.owner('late', NOW, async () => undefined)).toBeUndefined();
    expect(await keys.owner('late', NOW + 30_000, load('late'))).toBe('owner of late');
  });

  it('stay good for an hour while the database is away, and a key that was never good is not known', async () => {
    const { load, goAway } = database(['good']);
    const keys = new KeyCache<string>();
    await keys.owner('good', NOW, load('good'));
    goAway();
    expect(await keys.owner('good', NOW + 3_599_999, load('good'))).toBe('owner of good');
    await expect(keys.owner('good', NOW + 3_600_000, load('good'))).rejects.toThrow('away');
    await expect(keys.owner('other', NOW, load('other'))).rejects.toThrow('away');
  });

  it('end at once where good ones are looked up each time', async () => {
    const { load, forget } = database(['good']);
    const keys = new KeyCache<string>(0);
    expect(await keys.owner('good', NOW, load('good'))).toBe('owner of good');
    forget();
    expect(await keys.owner('good', NOW, load('good'))).toBeUndefined();
  });
});
