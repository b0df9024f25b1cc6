import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { phoneWithVoice, VOICES } from '../../src/carriers/asterisk/gateway/phones.ts';
import type { Json } from '../support/api.ts';
import { hookServer } from '../support/hook-server.ts';
import { startWorker } from '../support/worker.ts';
import { readSamples, secondsWith } from './audio.ts';
import { FROM, startWorld, type World } from './stories.ts';

/** Long enough that a tone that is there is heard, short enough for five phones and a small machine. */
const LISTEN_MS = 2500;

describe.skipIf(inject('skipped'))('a live conference, over SIP', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  let rooms = 0;

  beforeAll(async () => {
    hook = await hookServer();
    world = await startWorld(3);
  });
  afterAll(async () => {
    await world?.end();
    await hook?.close();
  });
  beforeEach(() => void hook.posted.splice(0));

  /** Calls the phone with this voice into the room. */
  const enters = (name: string, at: number, attributes: Json = {}) =>
    world.call(phoneWithVoice(at).number, { flow: [{ verb: 'conference', name, beep: 'false', ...attributes }] });
  const roomOf = async (call: string) =>
    String((await world.api.untilEvent(call, 'conference.entered'))[0]?.conference);
  const room = async (id: string) => (await world.api.get(`/conferences/${id}`)).body;
  const patch = (id: string, who: string, body: unknown) =>
    world.api.send('PATCH', `/conferences/${id}/participants/${who}`, body);

  async function meet(voices: number[], attributes: (at: number) => Json = () => ({})) {
    const name = `room ${++rooms}`;
    const calls = new Map<number, string>();
    for (const at of voices) {
      calls.set(at, await enters(name, at, attributes(at)));
      await roomOf(calls.get(at) ?? '');
    }
    const id = await roomOf(calls.get(voices[0] ?? 0) ?? '');
    await vi.waitFor(async () => expect(await room(id)).toMatchObject({ participant_count: voices.length }));
    return { id, name, calls };
  }

  /** Which voices a phone hears from now on, over some seconds. */
  async function hears(at: number): Promise<number[]> {
    const file = world.phones.heard(phoneWithVoice(at).number, FROM);
    const before = (await readSamples(file)).length;
    await sleep(LISTEN_MS);
    const now = await readSamples(file);
    // The file lags behind in blocks: what is in it since then, but for its first moment, which may be from before.
    const since = now.subarray(before + 4000);
    expect(since.length, 'the recording goes on').toBeGreaterThan(4000);
    const seconds = since.length / 8000;
    return VOICES.flatMap((hertz, voice) => (secondsWith(since, hertz) > seconds * 0.7 ? [voice] : []));
  }

  const allHear = async (voices: number[]) =>
    Object.fromEntries(await Promise.all(voices.map(async (at) => [at, await hears(at)] as const)));

  async function end(id: string): Promise<void> {
    await world.api.delete(`/conferences/${id}`);
    await expect
      .poll(() => world.phones.asterisk('core show channels count'), { timeout: 10_000 })
      .toContain('0 active channels');
    await expect.poll(() => world.gateway.asterisk('bridge show all')).not.toContain(id);
  }

  it('lets five hear all the others, and nobody themselves', async () => {
    const { id } = await meet([0, 1, 2, 3, 4]);
    expect(await allHear([0, 1, 2, 3, 4])).toEqual({
      0: [1, 2, 3, 4],
      1: [0, 2, 3, 4],
      2: [0, 1, 3, 4],
      3: [0, 1, 2, 4],
      4: [0, 1, 2, 3],
    });
    await end(id);
  });

  it('lets nobody hear who is muted or held, and those on hold hear nobody', async () => {
    const { id, calls } = await meet([0, 1, 2]);
    await patch(id, calls.get(0) ?? '', { muted: true });
    await patch(id, calls.get(1) ?? '', { hold: true });
    expect(await allHear([0, 1, 2])).toEqual({ 0: [2], 1: [], 2: [] });
    await patch(id, calls.get(0) ?? '', { muted: false });
    await patch(id, calls.get(1) ?? '', { hold: false });
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    await end(id);
  });

  it('lets only the coached one hear the coach', async () => {
    const { id, calls } = await meet([0, 1, 2], (at) =>
      at === 0 ? { participantLabel: 'agent' } : at === 2 ? { coach: 'agent' } : {},
    );
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0], 2: [0, 1] });
    await patch(id, calls.get(2) ?? '', { coaching: null, muted: false });
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    await end(id);
  });

  it('goes on while the Worker is killed and started again: nobody drops, and mute still works', async () => {
    const { id, calls } = await meet([0, 1, 2]);
    await world.worker.kill();
    await sleep(1000);
    world.worker = await startWorker(world.state, Number(new URL(world.worker.url).port));
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    await vi.waitFor(async () =>
      expect(await patch(id, calls.get(0) ?? '', { muted: true })).toMatchObject({ status: 200 }),
    );
    expect(await room(id)).toMatchObject({ participant_count: 3 });
    expect(await allHear([1, 2])).toEqual({ 1: [2], 2: [1] });
    await end(id);
  }, 90_000);
});
