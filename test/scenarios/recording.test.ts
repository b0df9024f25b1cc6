import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyHertz, pitchOf } from '../../src/carriers/simulated/tones.ts';
import { secondsOfSound, secondsOfTone, secondsWith } from '../gateway/audio.ts';
import { apiClient, type Json, KEYS } from '../support/api.ts';
import { answerJson, type Posted } from '../support/hook-server.ts';
import { channelsOf } from '../support/samples.ts';
import { until } from '../support/until.ts';
import { fetchWav } from '../support/wav.ts';
import { worldOf } from '../support/world.ts';

const { api, account, number, hookServer } = worldOf(import.meta.url);
const ANSWERS = '+493023125000';
const PRESSES_ONE = '+493023125006';
const AGREES = [{ after: 0.5, digits: '1', after_prompt: true }];
const REFUSES = [{ after: 0.5, digits: '2', after_prompt: true }];

let hook: Awaited<ReturnType<typeof hookServer>>;

beforeEach(async () => {
  hook = await hookServer({ '/after': answerJson([{ verb: 'hangup' }]) });
});
afterEach(() => hook.close());

const wavOf = (id: unknown, status?: number) => fetchWav(id, account.keys.test, status);

const SPEAKS = [
  { verb: 'pause', length: 2 },
  { verb: 'say', text: 'Goedemiddag, dit is een test.' },
];

const placed = (order: Json): Promise<string> =>
  api.place({ record: true, recording_status_callback: `${hook.url}/recorded`, flow: SPEAKS, ...order });

/** The only recording of a call, or of a conference, once it has this status. */
async function recordingOf(query: string, status = 'completed'): Promise<Json> {
  return until(async () => {
    const { recordings } = (await api.get(`/recordings?${query}`)).body as { recordings: Json[] };
    expect(recordings).toMatchObject([{ status }]);
    return recordings[0] as Json;
  });
}

async function ofCall(id: string, status?: string): Promise<Json> {
  return recordingOf(`call_id=${id}`, status);
}

const consentOn = async (phone_number: string): Promise<string> => {
  const facts = { basis: 'opt-in', obtained_at: '2026-01-15', obtained_how: 'web form' };
  return (await api.post('/consents', { phone_number, ...facts })).body.id as string;
};

it('a consent on file that expires in mid-recording ends the recording, and the call goes on', async () => {
  const to = '+493023125777';
  const soon = new Date(Date.now() + 60_000).toISOString();
  const facts = { basis: 'opt-in', obtained_at: '2026-01-15', obtained_how: 'web form', expires_at: soon };
  expect(await api.post('/consents', { phone_number: to, ...facts })).toMatchObject({ status: 201 });
  const order = { to, flow: [{ verb: 'pause', length: 120 }], simulate: { speed: 20, answer_after: 0 } };
  const id = await placed({ ...order, record: true });
  await api.ended(id);
  const events = (await api.get(`/calls/${id}/events`)).body.events as { type: string; timestamp: string }[];
  const stopped = events.find(({ type }) => type === 'recording.stopped');
  expect(stopped?.timestamp).toBe(soon);
  const types = events.map(({ type }) => type);
  expect(types.indexOf('call.completed')).toBeGreaterThan(types.indexOf('recording.stopped'));
  await ofCall(id);
});

describe('a call that is to be recorded', () => {
  it('is recorded from the moment that the party has agreed: what it says on the left, what it hears on the right', async () => {
    const digits = [...AGREES, { after: 0.5, digits: '5', after_prompt: true }];
    const id = await placed({ recording_channels: 'dual', simulate: { digits } });
    await api.ended(id);
    const recording = await ofCall(id);
    expect(recording).toMatchObject({ call_id: id, channels: 2, source: 'outbound-api' });
    const [left, right] = channelsOf(await wavOf(recording.id));
    // Two seconds of the flow's own silence, then its sentence: nothing of the notice, nor of the key that agreed.
    expect(secondsOfSound(right.subarray(0, 2 * 8000))).toBe(0);
    expect(secondsOfSound(right)).toBeGreaterThan(1);
    const [low, high] = keyHertz('1') ?? [];
    expect(secondsWith(left, low ?? 0) + secondsWith(left, high ?? 0)).toBeLessThan(0.1);
  });

  it('tells its customer, once the audio can be had, under which evidence it was made', async () => {
    const id = await placed({ simulate: { digits: AGREES } });
    const [{ body }] = (await hook.untilPosted('/recorded', 1)) as [Posted];
    expect(body).toMatchObject({ type: 'recording.completed', data: { call_id: id, status: 'completed' } });
    const [evidence] = body.data.consent_ids as string[];
    const consent = (await api.get(`/consents/${evidence}`)).body;
    expect(consent).toMatchObject({ decision: 'granted', phone_number: ANSWERS, asked: { call_id: id, key: '1' } });
  });

  it.each([
    ['presses another key', REFUSES],
    ['says nothing', []],
  ])('goes on unrecorded when the party %s', async (_what, digits) => {
    const id = await placed({ simulate: { digits } });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    const types = (await api.events(id)).map(({ type }) => type);
    expect(types).toContain('recording.refused');
    expect(types).not.toContain('recording.started');
    expect((await api.get(`/calls/${id}/recordings`)).body).toMatchObject({ recordings: [], total: 0 });
  });

  it('asks nothing of who has agreed before, and names that consent', async () => {
    const consent = await consentOn('+493023125004');
    const id = await placed({ to: '+493023125004', consent_ref: consent });
    await api.ended(id);
    expect((await api.events(id)).some(({ type }) => type === 'consent.answered')).toBe(false);
    const recording = await ofCall(id);
    expect((await api.get(`/recordings/${recording.id}`)).body.consent_ids).toEqual([consent]);
    await api.delete(`/consents/${consent}`);
    const refused = await api.post('/calls', { to: '+493023125004', from: number, record: true, consent_ref: consent });
    expect(refused).toMatchObject({ status: 422, body: { code: 'consent_ref_invalid' } });
  });
});

describe('silence at the ends of a recording', () => {
  const talks = [3, 5].map((after) => ({ after, for: 1 }));
  const TALKER = '+493023125110';
  const spoken = { to: TALKER, flow: [{ verb: 'pause', length: 9 }], simulate: { talks } };

  it('is cut off where that is wished, and stays in between', async () => {
    const consent = await consentOn(TALKER);
    const ids = await Promise.all([
      placed({ ...spoken, consent_ref: consent, recording_trim: true, recording_channels: 'dual' }),
      placed({ ...spoken, consent_ref: consent }),
    ]);
    const [trimmed, whole] = [await ofCall(ids[0]), await ofCall(ids[1])];
    expect(whole.duration).toBeCloseTo(9, 0);
    expect(trimmed.duration).toBeCloseTo(3.4);
    const [left, right] = channelsOf(await wavOf(trimmed.id));
    expect([left.length, right.length]).toEqual([27_200, 27_200]);
    expect(secondsOfTone(left, pitchOf(TALKER))).toBeCloseTo(2);
    const asked = await api.post('/calls', { ...spoken, from: number, record: true, recording_trim: 'trim-silence' });
    expect(asked).toMatchObject({ status: 422, body: { errors: [{ field: 'recording_trim' }] } });
    await api.delete(`/consents/${consent}`);
  });

  it('is nearly all of a recording in which nothing is heard, be it begun later or of a conference', async () => {
    const consent = await consentOn(TALKER);
    const silent = (flow: Json[], simulate: Json) =>
      api.place({ to: TALKER, flow, simulate: { talks: [], ...simulate } });
    const id = await silent([{ verb: 'pause', length: 60 }], { speed: 1, answer_after: 0 });
    await api.untilEvent(id, 'call.in-progress');
    const begun = await api.post(`/calls/${id}/recordings`, { recording_trim: true });
    const wish = { friendly_name: 'stil', record: true, recording_trim: true };
    const conference = (await api.post('/conferences', wish)).body.id;
    const enters = [{ verb: 'conference', name: conference, beep: false, timeLimit: 9 }];
    await Promise.all([1, 2].map(async () => api.ended(await silent(enters, { speed: 20 }))));
    await api.send('PATCH', `/calls/${id}/recordings/${begun.body.id}`, { status: 'stopped' });
    for (const query of [`call_id=${id}`, `conference_id=${conference}`]) {
      const { duration, start_time, end_time } = await recordingOf(query);
      expect(duration).toBe(0.2);
      expect(Date.parse(String(end_time)) - Date.parse(String(start_time))).toBeGreaterThan(300);
    }
    await Promise.all([api.delete(`/calls/${id}`), api.delete(`/consents/${consent}`)]);
  });
});

describe('a recording that the customer works', () => {
  const NUMBER_ON_FILE = '+493023125100';
  let consent: string;

  beforeAll(async () => {
    consent = await consentOn(NUMBER_ON_FILE);
  });

  /** In real time, so that there is time to do something. */
  const talking = async (to = NUMBER_ON_FILE): Promise<string> => {
    const flow = [{ verb: 'pause', length: 60 }];
    const id = await api.place({ to, flow, simulate: { speed: 1, answer_after: 0, talks: [{ after: 0, for: 60 }] } });
    await api.untilEvent(id, 'call.in-progress');
    return id;
  };

  it('begins, pauses, goes on and stops, and holds what was said in between', async () => {
    const id = await talking();
    const path = `/calls/${id}/recordings`;
    const begun = await api.post(path, { recording_channels: 'dual' });
    expect(begun).toMatchObject({ status: 201, body: { status: 'in-progress', source: 'start-api', call_id: id } });
    const change = (body: Json) => api.send('PATCH', `${path}/${begun.body.id}`, body);
    expect(await api.post(path, {})).toMatchObject({ status: 409, body: { code: 'call_recorded_already' } });
    expect(await change({ status: 'paused', pause_behavior: 'skip' })).toMatchObject({ body: { status: 'paused' } });
    expect(await change({ status: 'in-progress' })).toMatchObject({ body: { status: 'in-progress' } });
    expect(await change({ status: 'stopped' })).toMatchObject({ status: 200, body: { status: 'uploading' } });
    expect(await change({ status: 'paused' })).toMatchObject({ status: 409, body: { code: 'recording_not_open' } });
    const recording = await ofCall(id);
    const [left] = channelsOf(await wavOf(recording.id));
    expect(secondsOfTone(left, pitchOf(NUMBER_ON_FILE))).toBeCloseTo(left.length / 8000, 0);
    await api.delete(`/calls/${id}`);
  });

  it.each([
    ['somebody who has not agreed', 409, 'recording_consent_required'],
    ['a call that is over', 409, 'call_not_in_progress'],
    ['a call that does not exist', 404, 'call_not_found'],
  ])('of %s is refused', async (what, status, code) => {
    const id = what === 'a call that does not exist' ? `CA${'0'.repeat(32)}` : await talking(ANSWERS);
    if (what === 'a call that is over') await api.delete(`/calls/${id}`);
    expect(await api.post(`/calls/${id}/recordings`, {})).toMatchObject({ status, body: { code } });
    if (status === 409) await api.delete(`/calls/${id}`);
  });

  it('is out of reach of every other key', async () => {
    const id = await talking();
    const { body } = await api.post(`/calls/${id}/recordings`, {});
    for (const key of [KEYS.other, account.keys.live]) {
      const stranger = apiClient(key);
      const stop = { status: 'stopped' };
      expect((await stranger.post(`/calls/${id}/recordings`, {})).status).toBe(404);
      expect((await stranger.send('PATCH', `/calls/${id}/recordings/${body.id}`, stop)).status).toBe(404);
      expect((await stranger.get(`/recordings/${body.id}`)).status).toBe(404);
    }
    await api.delete(`/calls/${id}`);
  });

  it('stops when the consent is withdrawn, and is deleted where that is wished', async () => {
    const id = await talking();
    const { body } = await api.post(`/calls/${id}/recordings`, { recording_status_callback: `${hook.url}/recorded` });
    await api.delete(`/consents/${consent}?delete_recordings=true`);
    expect(await api.get(`/recordings/${body.id}`)).toMatchObject({ body: { status: 'deleted' } });
    expect((await api.events(id)).map(({ type }) => type)).toContain('recording.stopped');
    expect(await api.post(`/calls/${id}/recordings`, {})).toMatchObject({ status: 409 });
    const [told] = await hook.untilPosted('/recorded', 1);
    expect(told?.body.type).toBe('recording.deleted');
    await api.delete(`/calls/${id}`);
    expect((await wavOf(body.id, 410)).length).toBe(0);
  });
});

describe('the verb record', () => {
  it('takes a message, and tells its action which recording it is', async () => {
    const flow = [
      { verb: 'say', text: 'Laat een bericht achter.' },
      { verb: 'record', action: `${hook.url}/after`, timeout: 2 },
    ];
    const id = await api.place({
      to: PRESSES_ONE,
      flow,
      simulate: { digits: [{ after: 4, digits: '1', after_prompt: true }] },
    });
    await api.ended(id);
    const asked = hook.requests().find(({ event }) => event === 'record');
    expect(asked).toMatchObject({ recording: expect.any(String) });
    expect(asked?.recording).toBe('completed');
    const recording = await ofCall(id);
    expect(asked?.recording_id).toBe(recording.id);
    const [said] = channelsOf(await wavOf(recording.id));
    expect(secondsOfTone(said, pitchOf(PRESSES_ONE))).toBeCloseTo(3, 0);
    // As TwiML has it: without the silence that ended it.
    expect(recording.duration).toBeLessThan(secondsOfTone(said, pitchOf(PRESSES_ONE)) + 0.5);
  });

  it('whose caller hangs up tells its action so, and runs nothing of the answer', async () => {
    const id = await api.place({
      to: PRESSES_ONE,
      flow: [{ verb: 'record', action: `${hook.url}/after` }],
      simulate: { digits: AGREES, speed: 20 },
    });
    await api.untilEvent(id, 'recording.started');
    await api.delete(`/calls/${id}`);
    await api.untilEvent(id, 'flow.requested');
    const recording = await ofCall(id);
    expect(hook.requests(id)).toMatchObject([
      { event: 'record', recording: 'completed', recording_id: recording.id, digits: 'hangup' },
    ]);
    expect(hook.requests(id)).toMatchObject([{ call: { status: 'completed' } }]);
    expect((await api.events(id)).filter(({ verb }) => verb === 'hangup')).toEqual([]);
  });
});

describe('dial with record', () => {
  it('asks the dialled one in the language that the flow has by then', async () => {
    const dial = { verb: 'dial', number: PRESSES_ONE, record: true, timeLimit: 2 };
    const flow = [{ verb: 'say', text: 'Bonjour', language: 'fr-FR' }, dial];
    await consentOn('+493023125778');
    const order = { to: '+493023125778', tts_language: 'nl-NL', flow, simulate: { speed: 20 } };
    const id = await api.place(order);
    const [{ call: leg } = {}] = await api.untilEvent(id, 'dial.placed');
    await api.untilEvent(String(leg), 'consent.answered');
    const { heard } = (await api.get(`/simulator/calls/${leg}/heard`)).body as { heard: Json[] };
    expect(heard.find(({ what }) => what === 'say')).toMatchObject({
      text: expect.stringContaining('enregistré'),
      language: 'fr-FR',
    });
    await api.ended(id);
  });

  it('asks both, and has each on a channel of its own', async () => {
    const flow = [
      {
        verb: 'dial',
        number: PRESSES_ONE,
        timeLimit: 5,
        record: 'record-from-answer-dual',
        action: `${hook.url}/after`,
      },
    ];
    const id = await api.place({ flow, simulate: { digits: AGREES } });
    await api.ended(id);
    const recording = await ofCall(id);
    expect(hook.requests().find(({ event }) => event === 'dial')).toMatchObject({ recording_id: recording.id });
    expect(recording).toMatchObject({ source: 'dial-verb', channels: 2 });
    const [caller, callee] = channelsOf(await wavOf(recording.id));
    expect(secondsOfTone(caller, pitchOf(ANSWERS))).toBeGreaterThan(3);
    expect(secondsOfTone(callee, pitchOf(PRESSES_ONE))).toBeGreaterThan(3);
    const { consent_ids } = (await api.get(`/recordings/${recording.id}`)).body;
    expect(consent_ids).toHaveLength(2);
  });

  it('connects both unrecorded when the dialled one says nothing', async () => {
    const flow = [{ verb: 'dial', number: '+493023125007', record: true, action: `${hook.url}/after` }];
    const id = await api.place({ flow, simulate: { digits: AGREES } });
    await api.ended(id);
    expect((await api.get(`/calls/${id}/recordings`)).body).toMatchObject({ total: 0 });
  });
});

describe('the leg of somebody who has agreed', () => {
  it('is not recorded while it hears a caller who has not, and its recording goes when the caller withdraws', async () => {
    const [caller, callee] = ['+493023125211', '+493023125210'];
    await consentOn(callee);
    const id = await api.place({ to: caller, flow: [{ verb: 'dial', number: callee }] });
    const [{ call: leg } = {}] = await api.untilEvent(id, 'dial.connected');
    const record = () => api.post(`/calls/${leg}/recordings`, { recording_channels: 'dual' });
    await until(async () =>
      expect(await record()).toMatchObject({ status: 409, body: { code: 'recording_consent_required' } }),
    );
    const consent = await consentOn(caller);
    const { status, body } = await record();
    expect([status, (body as Json).call_id]).toEqual([201, leg]);
    await api.delete(`/consents/${consent}?delete_recordings=true`);
    expect(await recordingOf(`call_id=${leg}`, 'deleted')).toMatchObject({ id: body.id });
    await api.delete(`/calls/${id}`);
  });

  it('has nothing of such a caller in its recording, which began before the two were connected', async () => {
    const [caller, callee] = ['+493023125213', '+493023125212'];
    await consentOn(callee);
    const words = { verb: 'say', text: 'U wordt zo verbonden met een beller die niets heeft gezegd.', loop: 3 };
    const whisper = await hookServer({ '/whisper': answerJson([words]) });
    const dial = { verb: 'dial', targets: [{ noun: 'number', to: callee, url: `${whisper.url}/whisper` }] };
    const id = await api.place({ to: caller, flow: [dial] });
    const [{ call: leg } = {}] = await api.untilEvent(id, 'dial.placed');
    await until(async () =>
      expect(await api.post(`/calls/${leg}/recordings`, { recording_channels: 'dual' })).toMatchObject({ status: 201 }),
    );
    await api.untilEvent(id, 'dial.connected');
    await recordingOf(`call_id=${leg}`, 'paused');
    await api.delete(`/calls/${id}`);
    const [, heard] = channelsOf(await wavOf((await recordingOf(`call_id=${leg}`)).id));
    // The whisper is heard, and then not a moment of the caller, who speaks from the connection on.
    expect(secondsOfSound(heard)).toBeGreaterThan(0.5);
    expect(secondsOfTone(heard, pitchOf(caller))).toBe(0);
    whisper.close();
  });
});

describe('a conference that is recorded', () => {
  it('is recorded while all who are in it have agreed, and is silent about who has not', async () => {
    const created = await api.post('/conferences', { friendly_name: 'opgenomen', record: true });
    const conference = created.body.id as string;
    const entering = (to: string, digits: Json[]) =>
      api.place({ to, flow: [{ verb: 'conference', name: conference, beep: false }], simulate: { digits, speed: 20 } });
    const anna = await entering('+493023125200', AGREES);
    const ben = await entering('+493023125201', AGREES);
    const begun = await recordingOf(`conference_id=${conference}`, 'in-progress');
    expect(begun).toMatchObject({ source: 'conference', channels: 1 });
    const carl = await entering('+493023125202', REFUSES);
    await api.untilEvent(carl, 'consent.answered');
    await recordingOf(`conference_id=${conference}`, 'paused');
    const { participants } = (await api.get(`/conferences/${conference}/participants`)).body as {
      participants: Json[];
    };
    expect(participants.map((it) => it.recording_consent).sort()).toEqual(['given', 'given', 'refused']);
    await api.delete(`/calls/${carl}`);
    await recordingOf(`conference_id=${conference}`, 'in-progress');
    const path = `/conferences/${conference}/recordings/${(await recordingOf(`conference_id=${conference}`, 'in-progress')).id}`;
    const work = (status: string, client = api) => client.send('PATCH', path, { status });
    expect(await work('paused')).toMatchObject({ status: 200, body: { status: 'paused' } });
    expect(await work('in-progress')).toMatchObject({ status: 200, body: { status: 'in-progress' } });
    expect((await work('stopped', apiClient(KEYS.other))).status).toBe(404);
    await api.send('PATCH', `/conferences/${conference}`, { status: 'completed' });
    expect(await work('paused')).toMatchObject({ status: 409 });
    await Promise.all([anna, ben].map((id) => api.ended(id)));
    const recording = await recordingOf(`conference_id=${conference}`);
    const [all] = channelsOf(await wavOf(recording.id));
    expect(secondsWith(all, pitchOf('+493023125200'))).toBeGreaterThan(0.5);
    expect(secondsWith(all, pitchOf('+493023125201'))).toBeGreaterThan(0.5);
    expect(secondsWith(all, pitchOf('+493023125202'))).toBe(0);
  });
});
