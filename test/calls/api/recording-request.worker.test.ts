import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { SimulatedObject } from '../../../src/carriers/simulated/object.ts';
import { evidenceId } from '../../../src/consents/consent.ts';
import { addConsent, findConsent, withdrawConsent } from '../../../src/consents/store/queries.ts';
import type { Instruction, LegFact } from '../../../src/contracts/carrier.ts';
import { newId } from '../../../src/lib/ids.ts';
import { done } from '../../../src/lib/result.ts';
import { RecordingObject } from '../../../src/recordings/object/object.ts';
import { aCustomer } from '../../support/customer.ts';
import { callOf, SCOPE, someFacts, typesOf } from '../../support/facts.ts';
import { recordingObject } from '../../support/objects.ts';
import { until } from '../../support/until.ts';

/** The network of these tests is the test itself: it takes commands and says what happens. */
let perform: MockInstance<SimulatedObject['perform']>;
beforeEach(() => {
  aCustomer();
  perform = vi.spyOn(SimulatedObject.prototype, 'perform').mockResolvedValue(done(undefined));
});
afterEach(() => void vi.restoreAllMocks());

const instructions = (): Instruction[] => perform.mock.calls.flatMap(([command]) => command.instructions);
const kinds = () => instructions().map((it) => (it.do === 'recorder' ? it.is : it.do));
const untilDone = (what: string) => until(() => expect(kinds()).toContain(what));
const hear = (id: string, n: number, fact: LegFact) => callOf(id).legEvents([{ ...fact, at: Date.now(), n }]);

const INLINE = [{ verb: 'pause', length: 60 }];
const WISH = { source: 'outbound-api', channels: 1 } as const;
const numbers = (function* () {
  for (let n = 0; ; n++) yield `+3120123${String(4000 + n)}`;
})();

/** A call that is to be recorded. */
const begins = async (to: string): Promise<string> => {
  const facts = someFacts({ to, inline: INLINE, recordOnAnswer: WISH });
  await callOf(facts.id).begin(facts);
  return facts.id;
};

const consentOf = async (phoneNumber: string): Promise<string> => {
  const id = newId('CN', Date.now());
  const how = { purpose: 'recording', basis: 'opt-in', decision: 'granted', obtainedHow: 'web form' } as const;
  await addConsent(env.DB, { ...SCOPE, ...how, id, source: 'file', phoneNumber, obtainedAt: 0, createdAt: 0 });
  return id;
};
const recordingOf = () => {
  const [opened] = instructions().filter((it) => it.do === 'record');
  return recordingObject(env, opened?.do === 'record' ? opened.recording : '');
};
const statusOf = async () => {
  const found = await recordingOf().facts(SCOPE);
  return found.ok ? found.value : undefined;
};
const number = () => numbers.next().value as string;

it('a call that is recorded comes to the same when its object is evicted after every event', async () => {
  const stories: string[][] = [];
  for (const between of [async () => {}, (id: string) => evictDurableObject(callOf(id))]) {
    perform.mockClear();
    const id = await begins(number());
    const step = async (n: number, fact: LegFact) => {
      await between(id);
      await hear(id, n, fact);
    };
    await step(1, { type: 'leg.answered' });
    await untilDone('play');
    await step(2, { type: 'leg.playback-ended', playback: `${id}-1` });
    await step(3, { type: 'leg.digit', digit: '1' });
    await untilDone('record');
    await step(4, { type: 'leg.ended', cause: 'normal' });
    await until(async () => expect(await statusOf()).toMatchObject({ status: 'uploading' }));
    expect((await statusOf())?.consents).toEqual([evidenceId(id, 1)]);
    expect(await findConsent(env.DB, SCOPE, evidenceId(id, 1))).toMatchObject({ decision: 'granted', key: '1' });
    stories.push((await typesOf(id)).filter((type) => !type.startsWith('callback.')));
  }
  expect(stories[1]).toEqual(stories[0]);
});

it('without the database a call is asked under the strictest policy, and the answer is filed once it is back', async () => {
  const to = number();
  await consentOf(to);
  await env.DB.exec('ALTER TABLE consents RENAME TO consents_away');
  const id = await begins(to);
  await hear(id, 1, { type: 'leg.answered' });
  // Ten seconds are waited for it; here an event of the network says that they have passed.
  await callOf(id).legEvents([{ type: 'leg.machine-detected', at: Date.now() + 11_000, n: 2 }]);
  await untilDone('play');
  expect(kinds()).not.toContain('record');
  await hear(id, 3, { type: 'leg.playback-ended', playback: `${id}-1` });
  await hear(id, 4, { type: 'leg.digit', digit: '1' });
  await untilDone('record');
  await env.DB.exec('ALTER TABLE consents_away RENAME TO consents');
  await until(async () => expect(await findConsent(env.DB, SCOPE, evidenceId(id, 1))).toMatchObject({ key: '1' }));
});

it('a consent that is withdrawn between the look-up and the beginning ends the recording, and nothing of it is kept', async () => {
  const to = number();
  const consent = await consentOf(to);
  const id = await begins(to);
  const { begin } = RecordingObject.prototype;
  vi.spyOn(RecordingObject.prototype, 'begin').mockImplementation(async function (this: RecordingObject, facts) {
    await withdrawConsent(env.DB, SCOPE, { id: consent, at: Date.now(), deleteRecordings: false });
    return begin.call(this, facts);
  });
  await hear(id, 1, { type: 'leg.answered' });
  await untilDone('off');
  await until(async () => expect(await statusOf()).toMatchObject({ failure: 'consent-withdrawn' }));
  expect(await statusOf()).toMatchObject({ status: 'failed' });
  expect(await typesOf(id)).toContain('recording.stopped');
});

it('a recording that is asked for while the call tells of another one exists once the request is answered', async () => {
  const to = number();
  await consentOf(to);
  const facts = someFacts({ to, inline: INLINE });
  await callOf(facts.id).begin(facts);
  await hear(facts.id, 1, { type: 'leg.answered' });
  const order = { source: 'start-api', channels: 1 } as const;
  const opened = await callOf(facts.id).record(SCOPE, order);
  const receiver = Promise.withResolvers<boolean>();
  const reporting = vi.spyOn(RecordingObject.prototype, 'report').mockReturnValueOnce(receiver.promise);
  const stopped = callOf(facts.id).changeRecorder(SCOPE, opened.ok ? opened.value : '', 'off');
  await vi.waitFor(() => expect(reporting).toHaveBeenCalled(), 10_000);
  const again = callOf(facts.id).record(SCOPE, order);
  receiver.resolve(true);
  const recording = await again;
  expect(recording).toMatchObject({ ok: true });
  const begun = await recordingObject(env, recording.ok ? recording.value : '').facts(SCOPE);
  expect(begun).toMatchObject({ ok: true, value: { status: 'in-progress' } });
  expect(await stopped).toMatchObject({ ok: true });
});

it('a request to record is answered with its recording, also when the network has refused its recorder by then', async () => {
  const to = number();
  await consentOf(to);
  const { id, ...facts } = someFacts({ to, inline: INLINE });
  await callOf(id).begin({ id, ...facts });
  await hear(id, 1, { type: 'leg.answered' });
  perform.mockImplementation(async ({ leg, instructions }) => {
    const order = instructions.find((it) => it.do === 'record');
    if (leg === id && order)
      await hear(id, 2, { type: 'leg.recorder-failed', recording: order.recording, reason: 'recorder-refused' });
    return done(undefined);
  });
  const answer = await callOf(id).record(SCOPE, { source: 'start-api', channels: 1 });
  expect(await typesOf(id)).toContain('recording.failed');
  expect(answer).toMatchObject({ ok: true, value: expect.stringMatching(/^RE/) });
  const recording = await recordingObject(env, answer.ok ? answer.value : '').facts(SCOPE);
  expect(recording).toMatchObject({ ok: true, value: { callId: id, status: 'failed' } });
});
