import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PHONES } from '../../src/gateway-agent/configuration/phones.ts';
import { localTrunk } from '../../src/gateway-agent/phone-network.ts';
import { type SilentCarrier, startSilentCarrier } from './silent-carrier.ts';
import { startWorld, type World } from './world.ts';

const LISTENS = PHONES.listens.number;

describe.skipIf(inject('skipped'))('a trunk that says nothing to a call', () => {
  let world: World;
  let carrier: SilentCarrier;

  beforeAll(async () => {
    carrier = await startSilentCarrier('silent');
    world = await startWorld(5, {
      trunks: [carrier.trunk, localTrunk(5)],
      registry: [
        ['trunk', 'gw-local', 'silent', '--serves', 'DE,NL', '--emergency', '112', '--order', '1'],
        ['trunk', 'gw-local', 'phones', '--serves', 'DE', '--order', '2'],
      ],
    });
  });
  afterAll(async () => {
    await world?.end();
    carrier?.close();
  });

  const channels = () => world.gateway.asterisk('core show channels count');

  it('is left for the next one; when its phone answers after all, that is hung up, and the call goes on', async () => {
    const placed = Date.now();
    const id = await world.call(LISTENS);
    const call = await world.until(id, 'in-progress');
    // Asterisk alone would wait for 32 s.
    expect(Date.parse(String(call.answer_time)) - placed).toBeLessThan(16_000);
    expect(carrier.calls()).toBe(1);
    carrier.respond('200 OK');
    await expect.poll(() => carrier.requests()).toEqual(['INVITE', 'ACK', 'BYE']);
    expect(await channels()).toContain('1 active channel');
    expect(await world.api.call(id)).toMatchObject({ status: 'in-progress' });
    await world.api.delete(`/calls/${id}`);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'api' });
    await expect.poll(channels).toContain('0 active channels');
    expect(await world.types(id)).toEqual([
      'call.queued',
      'call.ringing',
      'call.in-progress',
      'verb.started',
      'call.completed',
    ]);
  });

  it('is not left once it reports that the call makes progress', async () => {
    const before = carrier.calls();
    const id = await world.call(LISTENS, { timeout: 12 });
    await expect.poll(() => carrier.calls()).toBe(before + 1);
    carrier.respond('183 Session Progress');
    expect(await world.api.ended(id)).toMatchObject({ status: 'no-answer', end_reason: 'timeout' });
    expect(carrier.requests()).toEqual(['INVITE', 'CANCEL']);
    expect(await world.phones.asterisk('core show channels count')).toContain('1 call processed');
  });

  it('is given an emergency number that is mapped to it, in the digits that were dialled', async () => {
    const id = await world.call('112');
    await expect.poll(() => carrier.dialled()).toBe('112');
    carrier.respond('486 Busy Here');
    expect(await world.api.ended(id)).toMatchObject({ status: 'busy', to: '112', price: '0.00' });
  });

  it('keeps its call when there is no other trunk', async () => {
    const id = await world.call('+31201234567', { timeout: 10 });
    expect(await world.api.ended(id)).toMatchObject({ status: 'no-answer', end_reason: 'timeout' });
  });
});
