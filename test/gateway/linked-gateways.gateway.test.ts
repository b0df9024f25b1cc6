import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { phoneWithVoice, VOICE_HERTZ } from '../../src/gateway-agent/configuration/phones.ts';
import { readSamples, secondsWith } from './audio.ts';
import { conferenceCalls } from './conference-calls.ts';
import { FROM, gatewayView, startWorld, type World } from './world.ts';

/** The first gateway alone reaches the phones with the first two voices, and the second one alone the others. */
const FIRST_TWO = [phoneWithVoice(0), phoneWithVoice(1)].map(({ number }) => number).join(',');

describe.skipIf(inject('skipped'))('legs on two gateways that are linked', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld(8, {
      otherIndices: [9],
      linked: true,
      registry: [['trunk', 'gw-local', 'phones', '--serves', FIRST_TWO, '--order', '1']],
    });
  });
  afterAll(() => world?.end());

  const { meet, allHear, patch, end } = conferenceCalls(() => world);
  const live = async () => [
    (await gatewayView(world))?.live_channels,
    (await gatewayView(world, 'gw-9'))?.live_channels,
  ];

  it('join one conference, in which all hear all the others', async () => {
    const { id, calls } = await meet([0, 1, 2, 3]);
    expect(await live()).toEqual([2, 2]);
    expect(await allHear([0, 1, 2, 3])).toEqual({ 0: [1, 2, 3], 1: [0, 2, 3], 2: [0, 1, 3], 3: [0, 1, 2] });
    await patch(id, calls.get(2) ?? '', { muted: true });
    expect(await allHear([0, 1, 2, 3])).toEqual({ 0: [1, 3], 1: [0, 3], 2: [0, 1, 3], 3: [0, 1] });
    await end(id);
    await expect.poll(() => world.otherGateways[0]?.asterisk('bridge show all')).not.toContain(id);
    await expect.poll(() => world.gateway.asterisk('core show channels count')).toContain('0 active channels');
  });

  it('are connected by a dial', async () => {
    const to = phoneWithVoice(2).number;
    const id = await world.call(phoneWithVoice(0).number, { flow: [{ verb: 'dial', number: to }] });
    await world.api.untilEvent(id, 'dial.connected');
    const heard = async (at: number, voice: number) =>
      secondsWith(await readSamples(world.phones.heard(phoneWithVoice(at).number, FROM)), VOICE_HERTZ[voice] ?? 0);
    await expect.poll(() => heard(0, 2), { timeout: 15_000 }).toBeGreaterThan(1);
    await expect.poll(() => heard(2, 0), { timeout: 15_000 }).toBeGreaterThan(1);
    await world.api.delete(`/calls/${id}`);
    await expect.poll(() => world.gateway.asterisk('core show channels count')).toContain('0 active channels');
    await expect
      .poll(() => world.otherGateways[0]?.asterisk('core show channels count'))
      .toContain('0 active channels');
  });
});
