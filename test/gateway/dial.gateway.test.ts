import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { PHONES, phoneWithVoice, VOICE_HERTZ } from '../../src/gateway-agent/configuration/phones.ts';
import { localAddresses } from '../../src/gateway-agent/listen-addresses.ts';
import type { Json } from '../support/api.ts';
import { answerJson, hookServer } from '../support/hook-server.ts';
import { startWorker } from '../support/worker.ts';
import { readSamples, secondsWith } from './audio.ts';
import { FROM, startWorld, type World } from './world.ts';

/** The phone network as a host that SIP addresses name. */
const PBX = localAddresses('phones', 3);
const [CALLER, CALLEE] = [phoneWithVoice(0), phoneWithVoice(1)];

describe.skipIf(inject('skipped'))('a live call over SIP that dials', () => {
  let world: World;
  let hook: Awaited<ReturnType<typeof hookServer>>;

  beforeAll(async () => {
    hook = await hookServer({
      '/after': answerJson([{ verb: 'hangup' }]),
      '/refuse': answerJson([{ verb: 'hangup' }]),
    });
    world = await startWorld(3, {
      registry: [
        ['trunk', 'gw-local', 'phones', '--serves', `DE,sip:${PBX.sipAddress}:${PBX.sipPort}`, '--order', '1'],
      ],
    });
  });
  afterAll(async () => {
    await world?.end();
    await hook?.close();
  });
  beforeEach(() => void hook.posted.splice(0));

  const dials = (attributes: Json, to = CALLER.number) =>
    world.call(to, { flow: [{ verb: 'dial', action: `${hook.url}/after`, ...attributes }] });
  const dialLegOf = async (id: string, at = 0) => String((await world.api.untilEvent(id, 'dial.placed'))[at]?.call);
  const result = () => hook.requests().find(({ event }) => event === 'dial');
  const heardBy = async (phone: { number: string }) =>
    readSamples(await world.phones.heardComplete(phone.number, FROM));
  const untilIdle = () =>
    expect
      .poll(() => world.phones.asterisk('core show channels count'), { timeout: 5000 })
      .toContain('0 active channels');

  it('lets both phones hear each other, and not themselves, until one hangs up', async () => {
    const id = await dials({ number: CALLEE.number });
    await world.api.untilEvent(id, 'dial.connected');
    await expect
      .poll(async () => secondsWith(await readSamples(world.phones.heard(CALLEE.number, FROM)), VOICE_HERTZ[0]), {
        timeout: 15_000,
      })
      .toBeGreaterThan(2);
    await world.api.delete(`/calls/${await dialLegOf(id)}`);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'true' });
    const [caller, callee] = [await heardBy(CALLER), await heardBy(CALLEE)];
    expect(secondsWith(caller, VOICE_HERTZ[1])).toBeGreaterThan(2);
    expect(secondsWith(callee, VOICE_HERTZ[0])).toBeGreaterThan(2);
    expect(secondsWith(caller, VOICE_HERTZ[0])).toBeLessThan(0.2);
    expect(secondsWith(callee, VOICE_HERTZ[1])).toBeLessThan(0.2);
    await untilIdle();
    expect(await world.gateway.asterisk('bridge show all')).not.toContain(id);
  });

  it.each([
    ['busy', 'busy'],
    ['neverAnswers', 'no-answer'],
    ['unallocated', 'failed'],
  ] as const)('tells its flow that the dialled phone, %s, ended %s', async (phone, status) => {
    const id = await dials({ number: PHONES[phone].number, timeout: 2 });
    await world.api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: status, dial_bridged: 'false' });
    expect(await world.api.ended(await dialLegOf(id))).toMatchObject({ status, parent_call_id: id });
  });

  it('ends the ringing of the other phone when the caller gives up', async () => {
    const id = await dials({ number: PHONES.neverAnswers.number });
    const dialLeg = await dialLegOf(id);
    await world.until(dialLeg, 'ringing');
    await world.api.delete(`/calls/${id}`);
    expect(await world.api.ended(dialLeg)).toMatchObject({ status: 'canceled' });
    await untilIdle();
  });

  it('connects the first of several phones that answers, and cancels the others', async () => {
    const numbers = [PHONES.neverAnswers.number, CALLEE.number];
    const id = await dials({ targets: numbers.map((to) => ({ noun: 'number', to })) });
    await world.api.untilEvent(id, 'dial.connected');
    expect(await world.api.ended(await dialLegOf(id))).toMatchObject({ status: 'canceled' });
    await world.api.delete(`/calls/${id}`);
    await untilIdle();
  });

  it('lets keys through, and with hangupOnStar ends when the caller presses the star key', async () => {
    const id = await dials({ number: PHONES.listens.number, hangupOnStar: true }, PHONES.pressesStar.number);
    await world.api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'true' });
    expect(await world.phones.digitsHeard(PHONES.listens.number, FROM)).toContain('1');
    await untilIdle();
  });

  it('reaches a SIP address of a host that a trunk was given, and no other', async () => {
    const to = `sip:${CALLEE.number}@${PBX.sipAddress}:${PBX.sipPort}`;
    const id = await dials({ targets: [{ noun: 'sip', to }] });
    await world.api.untilEvent(id, 'dial.connected');
    expect(await world.api.call(await dialLegOf(id))).toMatchObject({ to, status: 'in-progress' });
    await world.api.delete(`/calls/${id}`);
    await untilIdle();
    for (const elsewhere of ['sip:reception@127.0.0.1:5060', `sip:reception@${PBX.sipAddress}:${PBX.sipPort + 1}`]) {
      const other = await dials({ targets: [{ noun: 'sip', to: elsewhere }] });
      await world.api.ended(other);
      expect(await world.api.ended(await dialLegOf(other))).toMatchObject({ status: 'failed', end_reason: 'no-route' });
    }
  });

  it('does not connect a phone that hangs up during the whisper', async () => {
    const id = await dials({ targets: [{ noun: 'number', to: CALLEE.number, url: `${hook.url}/refuse` }] });
    await world.api.ended(id);
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'false' });
    expect(secondsWith(await heardBy(CALLER), VOICE_HERTZ[1])).toBe(0);
    await untilIdle();
  });

  it('goes on while the Worker is killed and started again, and ends as it should', async () => {
    const id = await dials({ number: CALLEE.number });
    await world.api.untilEvent(id, 'dial.connected');
    const dialLeg = await dialLegOf(id);
    await world.worker.kill();
    world.worker = await startWorker(world.state, Number(new URL(world.worker.url).port));
    const heard = async () => secondsWith(await readSamples(world.phones.heard(CALLEE.number, FROM)), VOICE_HERTZ[0]);
    const before = await heard();
    await expect.poll(heard, { timeout: 15_000 }).toBeGreaterThan(before + 2);
    expect(await world.api.call(id)).toMatchObject({ status: 'in-progress' });
    await world.api.delete(`/calls/${dialLeg}`);
    expect(await world.api.ended(id)).toMatchObject({ status: 'completed' });
    expect(result()).toMatchObject({ dial_call_status: 'completed', dial_bridged: 'true' });
    await untilIdle();
  });
});
