import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { phoneWithVoice, VOICE_HERTZ } from '../../src/gateway-agent/configuration/phones.ts';
import type { Json } from '../support/api.ts';
import { readSamples, secondsWith } from './audio.ts';
import { FROM, type World } from './world.ts';

/** How long a phone listens: long enough to hear every tone, short enough for five phones on a small machine. */
const LISTEN_MS = 2500;

let conferences = 0;

/** Calls phones with different voices into conferences, and says what each of them hears. */
export function conferenceCalls(world: () => World) {
  /** Calls the phone with this voice into the conference. */
  const enters = (name: string, at: number, attributes: Json = {}) =>
    world().call(phoneWithVoice(at).number, { flow: [{ verb: 'conference', name, beep: 'false', ...attributes }] });
  const conferenceOf = async (call: string) =>
    String((await world().api.untilEvent(call, 'conference.entered'))[0]?.conference);
  const conference = async (id: string) => (await world().api.get(`/conferences/${id}`)).body;
  const patch = (id: string, who: string, body: unknown) =>
    world().api.send('PATCH', `/conferences/${id}/participants/${who}`, body);

  async function meet(voices: number[], attributes: (at: number) => Json = () => ({})) {
    const name = `conference ${++conferences}`;
    const calls = new Map<number, string>();
    for (const at of voices) {
      calls.set(at, await enters(name, at, attributes(at)));
      await conferenceOf(calls.get(at) ?? '');
    }
    const id = await conferenceOf(calls.get(voices[0] ?? 0) ?? '');
    await vi.waitFor(async () => expect(await conference(id)).toMatchObject({ participant_count: voices.length }));
    return { id, name, calls };
  }

  /** The voices that a phone hears from now on, over some seconds. */
  async function hears(at: number): Promise<number[]> {
    const file = world().phones.heard(phoneWithVoice(at).number, FROM);
    const before = (await readSamples(file)).length;
    await sleep(LISTEN_MS);
    const now = await readSamples(file);
    // The file lags behind in blocks, so its new samples count but for the first half second, which may be from before.
    const since = now.subarray(before + 4000);
    expect(since.length, 'the recording goes on').toBeGreaterThan(4000);
    const seconds = since.length / 8000;
    return VOICE_HERTZ.flatMap((hertz, voice) => (secondsWith(since, hertz) > seconds * 0.7 ? [voice] : []));
  }

  const allHear = async (voices: number[]) =>
    Object.fromEntries(await Promise.all(voices.map(async (at) => [at, await hears(at)] as const)));

  async function end(id: string): Promise<void> {
    await world().api.delete(`/conferences/${id}`);
    await expect
      .poll(() => world().phones.asterisk('core show channels count'), { timeout: 10_000 })
      .toContain('0 active channels');
    await expect.poll(() => world().gateway.asterisk('bridge show all')).not.toContain(id);
  }

  /** Seconds for which a phone has heard a tone so far, that of a prompt or of a beep. */
  const secondsOf = async (at: number, hertz: number) =>
    secondsWith(await readSamples(world().phones.heard(phoneWithVoice(at).number, FROM)), hertz);

  return { enters, secondsOf, conferenceOf, conference, patch, meet, allHear, end };
}
