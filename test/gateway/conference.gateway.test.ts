import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { hookServer } from '../support/hook-server.ts';
import { startWorker } from '../support/worker.ts';
import { meetings } from './meetings.ts';
import { startWorld, type World } from './stories.ts';

describe.skipIf(inject('skipped'))('a live conference, over SIP', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;

  beforeAll(async () => {
    hook = await hookServer();
    world = await startWorld(3);
  });
  afterAll(async () => {
    await world?.end();
    await hook?.close();
  });
  beforeEach(() => void hook.posted.splice(0));

  const { meet, allHear, patch, room, end } = meetings(() => world);

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
