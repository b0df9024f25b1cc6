import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';

const nameOf = (name: string) => env.CONFERENCE_NAMES.getByName(name);
const stored = (name: string) =>
  runInDurableObject(nameOf(name), (_object, { storage }) => Object.fromEntries([...storage.kv.list()]));

describe('the name of a conference', () => {
  it('means the conference that claimed it first, until that one is over', async () => {
    expect(await nameOf('a').claim('CF1')).toBe('CF1');
    expect(await nameOf('a').claim('CF2')).toBe('CF1');
    expect(await nameOf('a').claim('CF2', 'CF1')).toBe('CF2');
  });

  it('still means the conference that an older release has stored under its own word', async () => {
    await runInDurableObject(nameOf('b'), (_object, { storage }) => storage.kv.put('room', 'CF1'));
    expect(await nameOf('b').claim('CF2')).toBe('CF1');
    expect(await nameOf('b').claim('CF2', 'CF1')).toBe('CF2');
    expect(await nameOf('b').claim('CF3')).toBe('CF2');
  });

  it('is erased with its conference, whichever release has stored it, and not with another', async () => {
    await runInDurableObject(nameOf('c'), (_object, { storage }) => storage.kv.put('room', 'CF1'));
    await nameOf('c').forget('CF2');
    expect(await stored('c')).toEqual({ room: 'CF1' });
    await nameOf('c').forget('CF1');
    expect(await stored('c')).toEqual({});
  });
});
