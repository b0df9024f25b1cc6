import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Json } from '../support/api.ts';
import { hookServer } from '../support/hook-server.ts';
import { startWorker } from '../support/worker.ts';
import { toneWav } from './audio.ts';
import { conferenceCalls } from './conference-calls.ts';
import { startWorld, type World } from './world.ts';

/** The frequencies of announcements, far from every voice. */
const PROMPT = 2700;
const ALONE = 3100;
/** The frequency to which the tone of src/speech/tunes.ts for a new participant rises. */
const ENTER_HERTZ = 1046;

describe.skipIf(inject('skipped'))('a live conference over SIP', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;
  let audio: Server;

  const tone = (hertz: number) => `http://127.0.0.1:${(audio.address() as AddressInfo).port}/${hertz}.wav`;

  beforeAll(async () => {
    hook = await hookServer();
    audio = createServer(({ url = '' }, response) => {
      response.writeHead(200, { 'content-type': 'audio/wav' }).end(toneWav(Number(/\d+/.exec(url)), 2));
    });
    await new Promise<void>((resolve) => audio.listen(0, '127.0.0.1', resolve));
    world = await startWorld(3);
  });
  afterAll(async () => {
    await world?.end();
    await hook?.close();
    audio?.close();
  });
  beforeEach(() => void hook.posted.splice(0));

  const { enters, meet, allHear, secondsOf, patch, conference, end } = conferenceCalls(() => world);

  it('lets each of five hear all the others, and nobody hear themselves', async () => {
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

  it('lets nobody hear a participant who is muted or on hold, and one on hold hear nobody', async () => {
    const { id, calls } = await meet([0, 1, 2]);
    await patch(id, calls.get(0) ?? '', { muted: true });
    await patch(id, calls.get(1) ?? '', { hold: true });
    expect(await allHear([0, 1, 2])).toEqual({ 0: [2], 1: [], 2: [] });
    await patch(id, calls.get(0) ?? '', { muted: false });
    await patch(id, calls.get(1) ?? '', { hold: false });
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    await end(id);
  });

  it('lets only the coached participant hear the coach', async () => {
    const { id, calls } = await meet([0, 1, 2], (at) =>
      at === 0 ? { participantLabel: 'agent' } : at === 2 ? { coach: 'agent' } : {},
    );
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0], 2: [0, 1] });
    await patch(id, calls.get(2) ?? '', { coaching: null, muted: false });
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    await end(id);
  });

  it('plays an announcement to all, or to one alone, while they go on talking', async () => {
    const { id, calls } = await meet([0, 1, 2]);
    const toAll = await world.api.send('PATCH', `/conferences/${id}`, { announce_url: tone(PROMPT) });
    expect(toAll).toMatchObject({ status: 200 });
    for (const at of [0, 1, 2]) await expect.poll(() => secondsOf(at, PROMPT), { timeout: 15_000 }).toBeGreaterThan(1);
    await patch(id, calls.get(1) ?? '', { announce_url: tone(ALONE) });
    await expect.poll(() => secondsOf(1, ALONE), { timeout: 15_000 }).toBeGreaterThan(1);
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    expect([await secondsOf(0, ALONE), await secondsOf(2, ALONE)]).toEqual([0, 0]);
    await end(id);
  });

  it('plays a tone when somebody enters, and reports who speaks', async () => {
    const { id, name } = await meet([0, 1], () => ({ statusCallback: `${hook.url}/events` }));
    await world.api.untilEvent(await enters(name, 2, { beep: 'onEnter' }), 'conference.entered');
    await expect.poll(() => secondsOf(0, ENTER_HERTZ), { timeout: 15_000 }).toBeGreaterThan(0.05);
    const spoken = () => hook.posted.filter(({ body }) => body.type === 'participant.speech-started');
    await expect.poll(() => new Set(spoken().map(({ body }) => (body.data.participant as Json).call_id)).size).toBe(3);
    await end(id);
  });

  it('goes on while the Worker is killed and started again: nobody falls out, and mute still works', async () => {
    const { id, calls } = await meet([0, 1, 2]);
    await world.worker.kill();
    await sleep(1000);
    world.worker = await startWorker(world.state, Number(new URL(world.worker.url).port));
    expect(await allHear([0, 1, 2])).toEqual({ 0: [1, 2], 1: [0, 2], 2: [0, 1] });
    await vi.waitFor(async () =>
      expect(await patch(id, calls.get(0) ?? '', { muted: true })).toMatchObject({ status: 200 }),
    );
    expect(await conference(id)).toMatchObject({ participant_count: 3 });
    expect(await allHear([1, 2])).toEqual({ 1: [2], 2: [1] });
    await end(id);
  }, 90_000);
});
