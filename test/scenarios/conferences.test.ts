import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiClient, type Json } from '../support/api.ts';
import { answerJson } from '../support/hook-server.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const { api, live, number, hookServer } = worldOf(import.meta.url);
const STAYS = '+493023125000';
const BUSY = '+493023125001';

let hook: Awaited<ReturnType<typeof hookServer>>;
let conferences = 0;
const aName = () => `conference ${Date.now()} ${++conferences}`;

// One for each test: what the conferences of the tests before still tell comes to no other.
beforeEach(async () => {
  hook = await hookServer({
    '/after': answerJson([{ verb: 'hangup' }]),
    '/wait': answerJson([{ verb: 'say', text: 'Een ogenblik geduld' }, { verb: 'redirect' }]),
    '/music.mp3': (response) => response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(),
    '/whisper': answerJson([{ verb: 'say', text: 'U wordt verbonden' }]),
  });
});
afterEach(() => hook.close());

/** A call that enters the conference by its flow. */
const enters = (name: string, attributes: Json = {}, simulate: Json = {}) =>
  api.place({
    to: STAYS,
    flow: [{ verb: 'conference', name, action: `${hook.url}/after`, ...attributes }],
    simulate: { speed: 20, ...simulate },
  });

const entered = async (call: string): Promise<string> =>
  String((await api.untilEvent(call, 'conference.entered'))[0]?.conference);

const conference = async (id: string) => (await api.get(`/conferences/${id}`)).body;
const people = async (id: string) => (await api.get(`/conferences/${id}/participants`)).body.participants as Json[];
const untilShown = (id: string, status: Json) => until(async () => expect(await conference(id)).toMatchObject(status));
/** Why the call's flow was asked on. */
const askedAfter = (id: string) => hook.requests(id).filter(({ event }) => event === 'conference');
const told = () => hook.at('/events').map(({ body }) => body);
const heard = async (call: string) => (await api.get(`/simulator/calls/${call}/heard`)).body.heard as Json[];
const untilHeard = (call: string, what: Json) =>
  until(async () => expect(await heard(call)).toContainEqual(expect.objectContaining(what)));

describe('a conference that a flow names', () => {
  it('is made, begins with two, counts them, and is over when the last has left', async () => {
    const name = aName();
    const first = await enters(name, { statusCallback: `${hook.url}/events` });
    const id = await entered(first);
    expect(await conference(id)).toMatchObject({ friendly_name: name, status: 'in-progress', participant_count: 1 });
    await untilHeard(first, { what: 'tune', tune: 'waiting' });

    const second = await enters(name);
    expect(await entered(second)).toBe(id);
    await untilHeard(first, { what: 'voice', call: second });
    await untilHeard(second, { what: 'voice', call: first });
    expect(await conference(id)).toMatchObject({ participant_count: 2, start_time: expect.any(String) });

    await api.delete(`/calls/${first}`);
    await untilShown(id, { participant_count: 1 });
    await api.delete(`/calls/${second}`);
    await untilShown(id, { status: 'completed', participant_count: 0, end_reason: 'last-participant-left' });
    await hook.untilPosted('/events', 6);
    expect(told().map(({ type, sequence }) => [type, sequence])).toEqual([
      ['participant.joined', 1],
      ['participant.joined', 2],
      ['conference.started', 3],
      ['participant.left', 4],
      ['participant.left', 5],
      ['conference.ended', 6],
    ]);
  });

  it('is another conference once the first is over', async () => {
    const name = aName();
    const first = await enters(name);
    const id = await entered(first);
    await api.delete(`/calls/${first}`);
    await untilShown(id, { status: 'completed' });
    const second = await enters(name);
    expect(await entered(second)).not.toBe(id);
    await api.delete(`/calls/${second}`);
  });

  it('plays a wait document, again and again', async () => {
    const call = await enters(aName(), { waitUrl: `${hook.url}/wait` });
    await until(() =>
      expect(hook.requests().filter(({ event }) => event === 'wait' || event === 'redirect').length).toBeGreaterThan(2),
    );
    await untilHeard(call, { what: 'say', text: 'Een ogenblik geduld' });
    await api.delete(`/calls/${call}`);
  });

  it('plays an audio file that is asked by GET, over and over, and asks for it once', async () => {
    const file = `${hook.url}/music.mp3`;
    const call = await enters(aName(), { waitUrl: file, waitMethod: 'GET', timeLimit: 90 });
    await api.ended(call);
    const [music, ...more] = (await heard(call)).filter(({ what }) => what === 'play');
    expect(more).toEqual([]);
    expect(Date.parse(String(music?.to)) - Date.parse(String(music?.from))).toBeGreaterThan(9000);
    expect((await api.events(call)).filter(({ event }) => event === 'wait')).toHaveLength(1);
  });

  it('waits for someone who starts it', async () => {
    const name = aName();
    const guests = [await enters(name, { startConferenceOnEnter: false })];
    const id = await entered(guests[0] ?? '');
    guests.push(await enters(name, { startConferenceOnEnter: false }));
    await untilShown(id, { participant_count: 2 });
    expect(await conference(id)).not.toHaveProperty('start_time');
    const host = await enters(name, { endConferenceOnExit: true });
    await untilShown(id, { participant_count: 3, start_time: expect.any(String) });
    await api.delete(`/calls/${host}`);
    await untilShown(id, { status: 'completed', end_reason: 'participant-with-end-conference-on-exit-left' });
    for (const guest of guests) expect(await api.ended(guest)).toMatchObject({ end_reason: 'flow-ended' });
    for (const guest of guests) {
      const why = { dial_call_status: 'answered', reason: 'conference_ended', conference_id: id };
      expect(askedAfter(guest)).toMatchObject([why]);
    }
  });

  it('lets no more in than it may have, and the flow of the others goes on', async () => {
    const name = aName();
    const first = await enters(name, { maxParticipants: 2 });
    const id = await entered(first);
    const second = await enters(name);
    await untilShown(id, { participant_count: 2 });
    const third = await enters(name);
    expect(await api.ended(third)).toMatchObject({ end_reason: 'flow-ended' });
    expect(askedAfter(third)).toMatchObject([{ dial_call_status: 'failed', reason: 'conference_full' }]);
    expect(await conference(id)).toMatchObject({ participant_count: 2 });
    for (const call of [first, second]) await api.delete(`/calls/${call}`);
  });

  it('has each label once, and a coach only for someone who is there', async () => {
    const name = aName();
    const first = await enters(name, { participantLabel: 'anna' });
    const id = await entered(first);
    const refused = [await enters(name, { participantLabel: 'anna' }), await enters(name, { coach: 'nobody' })];
    for (const call of refused) await api.ended(call);
    expect(refused.flatMap(askedAfter)).toMatchObject([{ reason: 'label_taken' }, { reason: 'coach_absent' }]);
    expect(await people(id)).toMatchObject([{ call_id: first, label: 'anna', status: 'connected' }]);
    await api.delete(`/calls/${first}`);
  });
});

describe('a conference that the API creates', () => {
  it('waits as init, and is joined by its name or its id', async () => {
    const name = aName();
    const created = await api.post('/conferences', { friendly_name: name, max_participants: 5 });
    expect(created).toMatchObject({ status: 201, body: { status: 'init', participant_count: 0, max_participants: 5 } });
    const id = String(created.body.id);
    const [byName, byId] = [await enters(name), await enters(id)];
    expect([await entered(byName), await entered(byId)]).toEqual([id, id]);
    await untilShown(id, { status: 'in-progress', participant_count: 2 });
    expect((await api.delete(`/conferences/${id}`)).status).toBe(204);
    for (const call of [byName, byId]) expect(await api.ended(call)).toMatchObject({ end_reason: 'flow-ended' });
    expect(await conference(id)).toMatchObject({ status: 'completed', end_reason: 'ended-via-api' });
    expect(await api.delete(`/conferences/${id}`)).toMatchObject({ status: 204 });
  });

  it('is listed with totals and by status', async () => {
    const before = Number((await live.get('/conferences?status=init')).body.total);
    const { id } = (await live.post('/conferences')).body;
    await until(async () => {
      const { body } = await live.get('/conferences?status=init&page_size=1');
      expect(body).toMatchObject({ total: before + 1, page: 1, page_size: 1, conferences: [{ id, status: 'init' }] });
    });
    await live.delete(`/conferences/${id}`);
    await until(async () => {
      expect((await live.get('/conferences?status=init')).body.total).toBe(before);
      expect((await live.get('/conferences?status=completed&page_size=1')).body.conferences).toMatchObject([{ id }]);
    });
  });

  it('is nobody else’s', async () => {
    const { id } = (await api.post('/conferences')).body;
    const other = apiClient('tf_test_other');
    for (const path of [`/conferences/${id}`, `/conferences/${id}/participants`]) {
      expect(await other.get(path)).toMatchObject({ status: 404, body: { code: 'conference_not_found' } });
    }
    expect(await other.delete(`/conferences/${id}`)).toMatchObject({ status: 404 });
    expect(await live.get(`/conferences/${id}`)).toMatchObject({ status: 404 });
    expect(await api.get('/conferences/CF1')).toMatchObject({ status: 404 });
  });

  it('refuses what it cannot do', async () => {
    const id = String((await api.post('/conferences')).body.id);
    const patch = (path: string, body: unknown) => api.send('PATCH', `/conferences/${id}${path}`, body);
    expect(await patch('', {})).toMatchObject({ status: 422 });
    expect(await patch('', { announce: 'Hallo' })).toMatchObject({ body: { code: 'conference_not_started' } });
    expect(await patch('/participants/anna', { muted: true })).toMatchObject({
      body: { code: 'participant_not_found' },
    });
    expect(await patch('', { status: 'completed' })).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(await patch('', { announce: 'Hallo' })).toMatchObject({ status: 409, body: { code: 'conference_ended' } });
    const invited = await api.post(`/conferences/${id}/participants`, { to: STAYS, from: number });
    expect(invited).toMatchObject({ status: 409, body: { code: 'conference_ended' } });
  });
});

describe('participants', () => {
  const begin = async (attributes: Json[] = [{}, {}]) => {
    const name = aName();
    const calls: string[] = [];
    for (const each of attributes) {
      calls.push(await enters(name, calls.length === 0 ? { statusCallback: `${hook.url}/events`, ...each } : each));
      await entered(calls.at(-1) ?? '');
    }
    const id = await entered(calls[0] ?? '');
    await untilShown(id, { participant_count: attributes.length });
    return { id, calls, [Symbol.asyncDispose]: async () => void (await api.delete(`/conferences/${id}`)) };
  };
  const patch = (id: string, who: string, body: unknown) =>
    api.send('PATCH', `/conferences/${id}/participants/${who}`, body);

  it('are held with a file that is asked for with GET', async () => {
    await using meeting = await begin([{ participantLabel: 'anna' }, {}]);
    const file = `${hook.url}/music.mp3`;
    const held = await patch(meeting.id, 'anna', { hold: true, hold_url: file, hold_method: 'GET' });
    expect(held).toMatchObject({ status: 200, body: { hold: true } });
    await untilHeard(meeting.calls[0] ?? '', { what: 'play', url: file });
    expect(await patch(meeting.id, 'anna', { hold_method: 'PUT' })).toMatchObject({ status: 422 });
  });

  it('are muted and held: then nobody hears them, and on hold they hear music', async () => {
    await using meeting = await begin([{ participantLabel: 'anna' }, {}]);
    const { id, calls } = meeting;
    const [anna = '', ben = ''] = calls;
    await untilHeard(ben, { what: 'voice', call: anna });
    expect(await patch(id, 'anna', { muted: true })).toMatchObject({ status: 200, body: { muted: true } });
    await until(async () => {
      const [voice] = (await heard(ben)).filter(({ call }) => call === anna).slice(-1);
      expect(voice).toHaveProperty('to');
    });
    expect(await patch(id, anna, { muted: false, hold: true })).toMatchObject({ body: { muted: false, hold: true } });
    await untilHeard(anna, { what: 'tune', tune: 'waiting' });
    expect(await patch(id, anna, { hold: false })).toMatchObject({ body: { hold: false } });
    await until(async () => {
      const voices = (await heard(ben)).filter(({ call }) => call === anna);
      expect(voices).toHaveLength(2);
      expect(voices[1]).not.toHaveProperty('to');
    });
    await until(() =>
      expect(told().map(({ type }) => type)).toEqual([
        'participant.joined',
        'participant.joined',
        'conference.started',
        'participant.muted',
        'participant.unmuted',
        'participant.held',
        'participant.unheld',
      ]),
    );
  });

  it('are coached by someone whom only they hear', async () => {
    await using meeting = await begin([{ participantLabel: 'anna' }, {}, { coach: 'anna' }]);
    const [anna = '', ben = '', coach = ''] = meeting.calls;
    await untilHeard(anna, { what: 'voice', call: coach });
    await untilHeard(coach, { what: 'voice', call: ben });
    expect((await heard(ben)).filter(({ call }) => call === coach)).toEqual([]);
  });

  it('hear announcements: all, or one alone', async () => {
    await using meeting = await begin();
    const { id, calls } = meeting;
    const [anna = '', ben = ''] = calls;
    const toAll = await api.send('PATCH', `/conferences/${id}`, { announce: 'Nog vijf minuten' });
    expect(toAll.body.announcement).toEqual(expect.any(String));
    for (const call of [anna, ben]) await untilHeard(call, { what: 'say', text: 'Nog vijf minuten' });
    const toOne = await patch(id, anna, { announce: 'Alleen voor u' });
    await untilHeard(anna, { what: 'say', text: 'Alleen voor u' });
    expect(await heard(ben)).not.toContainEqual(expect.objectContaining({ text: 'Alleen voor u' }));
    await until(() => {
      const ended = told().filter(({ type }) => type === 'announcement.ended');
      expect(ended.map(({ data }) => data.announcement).sort()).toEqual(
        [toAll.body.announcement, toOne.body.announcement].sort(),
      );
    });
  });

  it('are told of when they speak, and when they stop', async () => {
    const name = aName();
    const speaker = { statusCallback: `${hook.url}/speech`, statusCallbackEvent: 'speaker' };
    const listening = await enters(name, speaker, { talks: [] });
    const id = await entered(listening);
    const talks = [
      { after: 60, for: 5 },
      { after: 80, for: 5 },
    ];
    const speaking = await enters(name, {}, { talks });
    await untilShown(id, { participant_count: 2 });
    await hook.untilPosted('/speech', 4);
    const spoken = () => hook.posted.filter(({ path }) => path === '/speech').map(({ body }) => body);
    const [started, stopped] = ['participant.speech-started', 'participant.speech-stopped'];
    expect(spoken()).toMatchObject(
      [started, stopped, started, stopped].map((type, index) => ({
        type,
        sequence: index + 1,
        data: { conference: { id }, participant: { call_id: speaking } },
      })),
    );
    // The words of the one were heard by the other, and nothing else was.
    const voices = (await heard(listening)).filter(({ what }) => what === 'voice');
    expect(voices).toHaveLength(2);
    await api.delete(`/conferences/${id}`);
    await untilShown(id, { status: 'completed' });
    expect(spoken()).toHaveLength(4);
  });

  it('hear a tone when someone comes or goes', async () => {
    await using meeting = await begin();
    const [anna = ''] = meeting.calls;
    const late = await enters(String((await conference(meeting.id)).friendly_name));
    await untilHeard(anna, { what: 'tune', tune: 'enter' });
    await api.delete(`/calls/${late}`);
    await untilHeard(anna, { what: 'tune', tune: 'leave' });
  });

  it('are removed, and their flow goes on', async () => {
    await using meeting = await begin();
    const { id, calls } = meeting;
    const [anna = ''] = calls;
    expect((await api.delete(`/conferences/${id}/participants/${anna}`)).status).toBe(204);
    expect(await api.ended(anna)).toMatchObject({ end_reason: 'flow-ended' });
    expect(askedAfter(anna)).toMatchObject([{ reason: 'kicked' }]);
    expect(await people(id)).toHaveLength(1);
  });

  it('are called into the conference', async () => {
    await using meeting = await begin([{}]);
    const { id, calls } = meeting;
    const [host = ''] = calls;
    const order = { to: STAYS, from: number, label: 'mijn gast', url: `${hook.url}/whisper`, simulate: { speed: 20 } };
    const added = await api.post(`/conferences/${id}/participants`, order);
    expect(added).toMatchObject({ status: 201, body: { label: 'mijn gast', status: 'queued' } });
    const guest = String(added.body.call_id);
    await untilShown(id, { participant_count: 2 });
    expect(await api.get(`/conferences/${id}/participants/mijn%20gast`)).toMatchObject({
      body: { call_id: guest, status: 'connected' },
    });
    await untilHeard(guest, { what: 'say', text: 'U wordt verbonden' });
    await untilHeard(guest, { what: 'voice', call: host });
    const taken = await api.post(`/conferences/${id}/participants`, { ...order, url: undefined });
    expect(taken).toMatchObject({ status: 409, body: { code: 'label_taken' } });
  });

  it('are hung up when the conference ends while they are being called', async () => {
    await using meeting = await begin([{}]);
    const order = { to: '+493023125002', from: number, simulate: { speed: 20 } };
    const { body } = await api.post(`/conferences/${meeting.id}/participants`, order);
    await api.untilEvent(body.call_id, 'call.ringing');
    await api.delete(`/conferences/${meeting.id}`);
    expect(await api.ended(body.call_id)).toMatchObject({ status: 'canceled' });
  });

  it('who cannot be reached are not expected any longer', async () => {
    await using meeting = await begin([{}]);
    const order = { to: BUSY, from: number, simulate: { speed: 20 } };
    const { body } = await api.post(`/conferences/${meeting.id}/participants`, order);
    expect(await api.ended(body.call_id)).toMatchObject({ status: 'busy' });
    await until(async () => expect(await people(meeting.id)).toHaveLength(1));
  });
});
