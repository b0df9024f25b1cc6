import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NewCallFacts } from '../../../src/calls/call.ts';
import { CallObject } from '../../../src/calls/object/object.ts';
import type { ParticipantChange } from '../../../src/conferences/effects.ts';
import { ConferenceNameObject } from '../../../src/conferences/object/name-object.ts';
import type { ConferenceObject } from '../../../src/conferences/object/object.ts';
import type { RemovalReason } from '../../../src/contracts/conference.ts';
import { enterConference } from '../../../src/contracts/conference-directory.ts';
import { scriptFor } from '../../../src/contracts/script.ts';
import { newId } from '../../../src/lib/ids.ts';
import type { Result } from '../../../src/lib/result.ts';
import { enters, expected } from '../../support/conference.ts';
import { aCustomer } from '../../support/customer.ts';
import { callOf, HOOK, legOf, SCOPE, someFacts } from '../../support/facts.ts';
import { documentOf } from '../../support/flow.ts';
import { conferenceObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const NOTHING = {};
const conferenceOf = (id: string) => conferenceObject(env, id);
const aName = () => `conference ${crypto.randomUUID()}`;

/** A call whose flow enters the conference; its callee answers at once, and is fast. */
async function phones(
  name: string,
  attributes: object = NOTHING,
  facts: Partial<NewCallFacts> = NOTHING,
): Promise<string> {
  const { statusCallback: _quiet, ...call } = someFacts({
    script: scriptFor('', { answer_after: 0, speed: 20 }),
    inline: documentOf([{ verb: 'conference', name, ...attributes }]),
    ...facts,
  });
  await callOf(call.id).begin(call);
  return call.id;
}

const noted = async (call: string, type: string) => {
  const seen = await callOf(call).timeline(SCOPE);
  return seen.ok ? seen.value.filter((note) => note.type === type) : [];
};

const entered = (call: string): Promise<string> =>
  until(async () => {
    const [note] = await noted(call, 'conference.entered');
    expect(note, 'waiting for the entry').toBeDefined();
    return String((note as unknown as { conference: string }).conference);
  });

const heard = async (call: string) =>
  (await legOf(call).heard()).map((it) => ({ ...it, is: 'call' in it ? `${it.what} ${it.call}` : it.what }));
const untilHears = (call: string, what: string) =>
  until(async () => expect((await heard(call)).map(({ is }) => is)).toContain(what));
const untilSilent = (call: string, what: string) =>
  until(async () => expect((await heard(call)).findLast(({ is }) => is === what)?.to).toBeDefined());

const change = (conference: string, who: string, how: ParticipantChange) =>
  conferenceOf(conference).request(SCOPE, { type: 'user.change', call: '', change: how }, who);
const viewOf = async (conference: string) => {
  const seen = await conferenceOf(conference).facts(SCOPE);
  return seen.ok ? seen.value : undefined;
};
const untilShown = (conference: string, what: object) =>
  until(async () => expect(await viewOf(conference)).toMatchObject(what));
const copyOf = (conference: string) =>
  env.DB.prepare('SELECT status, participant_count FROM conferences WHERE id = ?').bind(conference).first();
const rowBytes = (conference: string) =>
  runInDurableObject(conferenceOf(conference), (_object: ConferenceObject, state) =>
    Number(state.storage.sql.exec('SELECT length(record) AS bytes FROM room').one().bytes),
  );

/** What the customer heard of the conference, in order and each once, as the ids tell. */
const eventsOf = (customer: ReturnType<typeof aCustomer>, conference: string) => {
  const own = customer.posted.filter(({ id }) => id.startsWith(conference));
  return [...new Map(own.map((it) => [it.id, it])).values()];
};
const untilTold = (customer: ReturnType<typeof aCustomer>, conference: string, types: string[]) =>
  until(() => expect(eventsOf(customer, conference).map(({ type }) => type)).toEqual(types));

const WHOLE_MEETING = [
  'participant.joined',
  'participant.joined',
  'conference.started',
  'participant.muted',
  'participant.unmuted',
  'participant.held',
  'participant.unheld',
  'participant.joined',
  'participant.left',
  'announcement.ended',
  'participant.left',
  'participant.left',
  'conference.ended',
];

/** Everything that can happen in a conference, with something in between. */
async function meet(
  customer: ReturnType<typeof aCustomer>,
  between: (...ids: string[]) => Promise<unknown> = async () => {},
): Promise<string> {
  const name = aName();
  const anna = await phones(name, {
    statusCallback: HOOK,
    statusCallbackEvent: 'start end join leave mute hold announcement',
  });
  const conference = await entered(anna);
  const everyone = [conference, anna];
  const step = async (done: Promise<unknown>) => {
    await done;
    await between(...everyone);
  };
  await step(untilHears(anna, 'tune'));
  const ben = await phones(name);
  everyone.push(ben);
  await step(untilHears(anna, `voice ${ben}`));
  await step(untilHears(ben, `voice ${anna}`));
  await step(change(conference, anna, { muted: true }));
  await step(untilSilent(ben, `voice ${anna}`));
  await step(change(conference, anna, { muted: false, hold: true }));
  await step(untilSilent(anna, `voice ${ben}`));
  await step(change(conference, anna, { hold: false }));
  const carl = await phones(name);
  everyone.push(carl);
  await step(untilHears(anna, `voice ${carl}`));
  await step(untilSilent(anna, 'tune'));
  await step(conferenceOf(conference).request(SCOPE, { type: 'user.kick', call: '' }, carl));
  await step(until(async () => expect(await noted(carl, 'call.completed')).toHaveLength(1)));
  const prompts = [{ say: 'Nog een minuut', language: 'nl-NL', times: 1 }];
  await step(conferenceOf(conference).request(SCOPE, { type: 'user.announce', announcement: 'a1', prompts }));
  await step(untilHears(ben, 'say'));
  await step(until(() => expect(eventsOf(customer, conference).at(-1)?.type).toBe('announcement.ended')));
  await step(callOf(anna).hangUp(SCOPE));
  await step(untilShown(conference, { participantCount: 1 }));
  await step(callOf(ben).hangUp(SCOPE));
  await untilShown(conference, { status: 'completed', participantCount: 0, endReason: 'last-participant-left' });
  return conference;
}

describe("a conference's object", () => {
  it('comes to the same end when everything is evicted after every event', async () => {
    const customer = aCustomer();
    const calm = await meet(customer);
    await untilTold(customer, calm, WHOLE_MEETING);
    const evict = (stub: DurableObjectStub) => evictDurableObject(stub).catch(() => 'it was evicted already');
    const restless = await meet(customer, (conference, ...calls) =>
      Promise.all([
        evict(conferenceOf(conference ?? '')),
        evict(legOf(`${conference}-1`)),
        ...calls.flatMap((call) => [evict(callOf(call)), evict(legOf(call))]),
      ]),
    );
    await untilTold(customer, restless, WHOLE_MEETING);
    expect(eventsOf(customer, restless).map(({ sequence }) => sequence)).toEqual(WHOLE_MEETING.map((_, n) => n + 1));
  }, 60_000);

  it('goes on without the database, and its copy is written later', async () => {
    const customer = aCustomer();
    await env.DB.exec('ALTER TABLE conferences RENAME TO conferences_away');
    const conference = await meet(customer);
    await env.DB.exec('ALTER TABLE conferences_away RENAME TO conferences');
    expect(await copyOf(conference)).toBeNull();
    await until(async () => expect(await copyOf(conference)).toEqual({ status: 'completed', participant_count: 0 }));
  }, 60_000);

  it('tells the customer later what the queue did not take', async () => {
    const customer = aCustomer();
    const refusing = vi.spyOn(env.WEBHOOKS, 'send').mockRejectedValue(new Error('Too Many Requests'));
    const name = aName();
    // The first who enters decides where the conference reports to.
    const conference = await entered(await phones(name, { statusCallback: HOOK }));
    await phones(name);
    await untilShown(conference, { participantCount: 2 });
    await conferenceOf(conference).request(SCOPE, { type: 'user.end' });
    refusing.mockRestore();
    await untilTold(customer, conference, [
      'participant.joined',
      'participant.joined',
      'conference.started',
      'participant.left',
      'participant.left',
      'conference.ended',
    ]);
  });

  it('tells calls again what they did not hear, in its order', async () => {
    aCustomer();
    const name = aName();
    const away = vi.spyOn(CallObject.prototype, 'conferenceMessage');
    away.mockRejectedValue(new Error('the call is being updated (part of this test)'));
    const [anna, ben] = [await phones(name), await phones(name)];
    const conference = await entered(anna);
    await untilShown(conference, { participantCount: 2 });
    await change(conference, anna, { muted: true });
    await change(conference, anna, { hold: true });
    await change(conference, anna, { hold: false });
    expect(away).toHaveBeenCalled();
    away.mockRestore();
    await untilHears(anna, `voice ${ben}`);
    await untilSilent(ben, `voice ${anna}`);
    await conferenceOf(conference).request(SCOPE, { type: 'user.end' });
    for (const call of [anna, ben])
      await until(async () => expect(await noted(call, 'call.completed')).toHaveLength(1));
  });

  it('says at once also what it decides while it is saying something', async () => {
    aCustomer();
    // Far in the future, so that no alarm fires by itself.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-03T12:00:00Z') });
    const id = newId('CF', Date.now());
    const call = newId('CA', Date.now());
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const tell = vi.spyOn(CallObject.prototype, 'conferenceMessage').mockImplementation(() => gate);
    await conferenceOf(id).enter(enters(call), SCOPE, { ...SCOPE, id, secrets: [] });
    await until(() => expect(tell).toHaveBeenCalledOnce());
    const kicking = conferenceOf(id).request(SCOPE, { type: 'user.kick', call: '' }, call);
    await untilShown(id, { status: 'completed' });
    goOn();
    await kicking;
    await until(() =>
      expect(tell.mock.calls.map(([{ type }]) => type)).toEqual(['conference.place', 'conference.remove']),
    );
  });

  it('lets no call that cannot be reached keep the others from hearing', async () => {
    aCustomer();
    const name = aName();
    const anna = await phones(name);
    const conference = await entered(anna);
    await untilHears(anna, 'tune');
    const tell = CallObject.prototype.conferenceMessage;
    vi.spyOn(CallObject.prototype, 'conferenceMessage').mockImplementation(async function (this: CallObject, message) {
      if (this.ctx.id.name === anna) throw new Error('this call is away (part of this test)');
      return tell.call(this, message);
    });
    const [ben, carl] = [await phones(name), await phones(name)];
    await untilHears(ben, `voice ${carl}`);
    expect((await heard(ben)).map(({ is }) => is)).not.toContain(`voice ${anna}`);
    vi.restoreAllMocks();
    aCustomer();
    await untilHears(ben, `voice ${anna}`);
    await conferenceOf(conference).request(SCOPE, { type: 'user.end' });
  });

  it('leaves alone whose call is only just about to begin', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-03T12:00:00Z') });
    const id = newId('CF', Date.now());
    await conferenceOf(id).open({ ...SCOPE, id, secrets: [], maxParticipants: 5 });
    const [early, late] = [newId('CA', Date.now()), newId('CA', Date.now())];
    await conferenceOf(id).request(SCOPE, expected(early));
    vi.setSystemTime(Date.now() + 9000);
    await conferenceOf(id).request(SCOPE, expected(late));
    vi.setSystemTime(Date.now() + 1000);
    await runDurableObjectAlarm(conferenceOf(id));
    const left = await conferenceOf(id).participants(SCOPE);
    expect(left.ok && left.value.map(({ call }) => call)).toEqual([late]);
  });

  it('finds out, within ten minutes, whose call is gone, and within seconds whose never began', async () => {
    aCustomer();
    // Far in the future, so that no alarm fires by itself.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-01T12:00:00Z') });
    const id = newId('CF', Date.now());
    const real = someFacts();
    await callOf(real.id).begin(real);
    const founding = { ...SCOPE, id, secrets: [] };
    const ghost = newId('CA', Date.now());
    await conferenceOf(id).enter(enters(ghost), SCOPE, founding);
    for (const call of [newId('CA', Date.now()), real.id]) await conferenceOf(id).request(SCOPE, expected(call));
    const people = async () => {
      const seen = await conferenceOf(id).participants(SCOPE);
      return seen.ok ? seen.value.map(({ call }) => call) : [];
    };
    // An order that was interrupted between the conference's write and the call's is found out soon.
    vi.setSystemTime(Date.now() + 10_000);
    await runDurableObjectAlarm(conferenceOf(id));
    expect(await people()).toEqual([ghost, real.id]);
    vi.setSystemTime(Date.now() + 589_000);
    await runDurableObjectAlarm(conferenceOf(id));
    expect(await people()).toHaveLength(2);
    vi.setSystemTime(Date.now() + 1000);
    await runDurableObjectAlarm(conferenceOf(id));
    expect(await people()).toEqual([real.id]);
    await callOf(real.id).hangUp(SCOPE);
    vi.setSystemTime(Date.now() + 600_000);
    await runDurableObjectAlarm(conferenceOf(id));
    expect(await viewOf(id)).toMatchObject({ status: 'completed', endReason: 'last-participant-left' });
  });

  it('expires when nobody came', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-02T12:00:00Z') });
    const id = newId('CF', Date.now());
    await conferenceOf(id).open({ ...SCOPE, id, secrets: [], maxParticipants: 2 });
    vi.setSystemTime(Date.now() + 24 * 3_600_000 - 1000);
    await runDurableObjectAlarm(conferenceOf(id));
    expect(await viewOf(id)).toMatchObject({ status: 'init' });
    vi.setSystemTime(Date.now() + 1000);
    await runDurableObjectAlarm(conferenceOf(id));
    expect(await viewOf(id)).toMatchObject({ status: 'completed', endReason: 'expired' });
  });
});

describe('a stampede', () => {
  it('lets exactly as many in as may be there, and its row stays small', async () => {
    const customer = aCustomer();
    const id = newId('CF', Date.now());
    await conferenceOf(id).open({ ...SCOPE, id, secrets: [], maxParticipants: 100, statusCallback: HOOK });
    const calls = Array.from({ length: 250 }, () => newId('CA', Date.now()));
    const stub = conferenceOf(id);
    const answers = await Promise.all(calls.map((call) => stub.enter(enters(call), SCOPE)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(100);
    expect(answers.filter((it) => !it.ok && it.refusal === 'conference_full')).toHaveLength(150);
    expect(await viewOf(id)).toMatchObject({ participantCount: 100 });
    // Asked again, as after a lost answer, each is answered as before.
    const again = await Promise.all(calls.map((call) => stub.enter(enters(call), SCOPE)));
    expect(again).toEqual(answers);
    // 251 events on their way to the customer, and a hundred participants; then the participants alone.
    expect(await rowBytes(id)).toBeLessThan(250_000);
    await until(() => expect(eventsOf(customer, id)).toHaveLength(251));
    await until(async () => expect(await rowBytes(id)).toBeLessThan(60_000));
  });
});

describe('a name', () => {
  const caller = () => newId('CA', Date.now());
  const enter = (
    name: string,
    accountId: string = SCOPE.accountId,
  ): Promise<Result<{ conference: string }, RemovalReason>> =>
    enterConference(name, { ...SCOPE, accountId, secrets: [] }, enters(caller()), env);
  const conferenceFor = async (entering: ReturnType<typeof enter>) => {
    const answer = await entering;
    expect(answer).toMatchObject({ ok: true });
    return answer.ok ? answer.value.conference : '';
  };
  const end = (conference: string) => conferenceOf(conference).request(SCOPE, { type: 'user.end' });

  it('that nobody knows makes one conference, however many enter at once', async () => {
    const name = aName();
    const conferences = await Promise.all(Array.from({ length: 20 }, () => conferenceFor(enter(name))));
    expect(new Set(conferences).size).toBe(1);
    expect(await viewOf(conferences[0] ?? '')).toMatchObject({ participantCount: 20, friendlyName: name });
  });

  it('means the next conference for whoever enters while the one before ends', async () => {
    const name = aName();
    const first = await conferenceFor(enter(name));
    const claim = vi.spyOn(ConferenceNameObject.prototype, 'claim');
    // The conference is over after the name was asked, and before the conference is.
    claim.mockImplementationOnce(() => end(first).then(() => first) as never);
    const conferences = await Promise.all([
      conferenceFor(enter(name)),
      conferenceFor(enter(name)),
      conferenceFor(enter(name)),
    ]);
    expect(conferences).not.toContain(first);
    expect(new Set(conferences).size).toBe(1);
    expect(await viewOf(conferences[0] ?? '')).toMatchObject({ participantCount: 3 });
  });

  it('means the next conference also when the one that ended was proposed by the same entry', async () => {
    const name = aName();
    const claim = ConferenceNameObject.prototype.claim;
    let proposed = '';
    const once = vi.spyOn(ConferenceNameObject.prototype, 'claim');
    once.mockImplementationOnce(async function (this: ConferenceNameObject, conference: string, over?: string) {
      proposed = claim.call(this, conference, over);
      await conferenceOf(proposed).enter(enters(caller()), SCOPE, { ...SCOPE, id: proposed, secrets: [] });
      await end(proposed);
      return proposed;
    } as never);
    expect(await conferenceFor(enter(name))).not.toBe(proposed);
  });

  it('means another conference for another account, and for live keys', async () => {
    const name = aName();
    const own = await conferenceFor(enter(name));
    const other = await conferenceFor(enter(name, 'AC00000000000070008000000000000002'));
    const live = await enterConference(name, { ...SCOPE, mode: 'live', secrets: [] }, enters(caller()), env);
    expect(new Set([own, other, live.ok && live.value.conference]).size).toBe(3);
  });

  it('that is an id must be a conference of the account', async () => {
    const own = await conferenceFor(enter(aName()));
    expect(await enter(own)).toMatchObject({ ok: true });
    expect(await enter(own, 'AC00000000000070008000000000000002')).toEqual({
      ok: false,
      refusal: 'conference_not_found',
    });
    expect(await enter(newId('CF', Date.now()))).toEqual({ ok: false, refusal: 'conference_not_found' });
  });
});
