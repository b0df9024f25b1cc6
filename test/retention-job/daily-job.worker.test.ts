import { createScheduledController } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashKey } from '../../src/accounts/keys.ts';
import worker from '../../src/index.ts';
import { newId } from '../../src/lib/ids.ts';
import { overdueRecordings } from '../../src/recordings/store/queries.ts';
import { retireDaily } from '../../src/retention-job/daily-job.ts';
import { someRecording } from '../recordings/facts.ts';
import { aCustomer, flow } from '../support/customer.ts';
import { conferenceObject, recordingObject } from '../support/objects.ts';
import { allStored, NOTHING_STORED, storedOf } from '../support/stored.ts';
import { until } from '../support/until.ts';

/** Its own: secrets of accounts are remembered from test to test. */
const ACCOUNT = newId('AC', Date.now());
const KEY = 'tf_test_dailydaily';
const OWN = '+31857650000';
const DAY = 86_400_000;

beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts VALUES (?, 'Daily', ?, 0)").bind(ACCOUNT, '["whsec_dGVsZWZvb24="]'),
    env.DB.prepare("INSERT INTO api_keys VALUES (?, ?, 'test', 0, NULL)").bind(await hashKey(KEY), ACCOUNT),
    env.DB.prepare('INSERT INTO numbers (e164, account_id, voice_url, created_at) VALUES (?, ?, ?, 0)').bind(
      OWN,
      ACCOUNT,
      'https://hook.example/flow',
    ),
  ]);
});
afterEach(() => void vi.restoreAllMocks());

const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await exports.default.fetch(`https://api.test/v1/voice${path}`, {
    method,
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
};

interface Story {
  id: string;
  recording: string;
  expires: number;
  secrets: string[];
}

let calls = 0;

/** A call full of secrets, over and recorded: its number, its digits, its metadata, what was said and asked. */
async function aRecordedCall(): Promise<Story> {
  calls += 1;
  const n = String(calls).padStart(3, '0');
  const [to, digits] = [`+31201234${n}`, `98765${n}`];
  const [order, spoken, query] = [`order-van-jansen-${n}`, `Uw saldo is ${n} euro`, `klant=jansen${n}`];
  const gather = { verb: 'gather', numDigits: 8, action: `/menu?${query}`, prompts: [{ verb: 'say', text: spoken }] };
  // Nobody takes the callbacks of the end: they wait in the object.
  aCustomer({
    '/flow': flow([gather]),
    '/menu': flow([{ verb: 'hangup' }]),
    '/status': () => new Response(null, { status: 500 }),
  });
  const placed = await ask('POST', '/calls', {
    to,
    from: OWN,
    url: `https://hook.example/flow?${query}`,
    status_callback: 'https://hook.example/status',
    metadata: { order },
    retention: { call: 'P1D', recording: 'P1D' },
    simulate: { speed: 1000, digits: [{ after: 1, digits, after_prompt: true }] },
  });
  expect(placed.status).toBe(201);
  const { id } = placed.body;
  const expires = await until(async () => {
    const row = await env.DB.prepare('SELECT expires_at FROM calls WHERE id = ?').bind(id).first();
    expect(row?.expires_at).toEqual(expect.any(Number));
    return Number(row?.expires_at);
  });
  const recording = await aRecordingOf(id);
  return { id, recording, expires, secrets: [to.slice(1), digits, order, spoken, query, `${recording}/`] };
}

async function aRecordingOf(callId: string): Promise<string> {
  const facts = someRecording({ accountId: ACCOUNT, callId, expiresAt: Date.now() + DAY });
  await recordingObject(env, facts.id).begin(facts);
  await recordingObject(env, facts.id).report({ type: 'stopped', at: Date.now() });
  await env.RECORDINGS.put(`${facts.id}/wav-1-of-1`, 'what was said');
  await until(async () => {
    const row = await env.DB.prepare('SELECT status FROM recordings WHERE id = ?').bind(facts.id).first();
    expect(row).toEqual({ status: 'uploading' });
  });
  return facts.id;
}

const leftOf = async ({ secrets }: Story) => {
  const stored = await allStored();
  return secrets.filter((secret) => stored.includes(secret));
};

describe('the daily run', () => {
  it('leaves no number, key, text or sound of a call that has expired, and touches no other', async () => {
    const [gone, held] = [await aRecordedCall(), await aRecordedCall()];
    expect(await ask('PATCH', `/calls/${held.id}`, { legal_hold: true })).toMatchObject({
      status: 200,
      body: { id: held.id, legal_hold: true },
    });
    expect(await leftOf(gone)).toEqual(gone.secrets);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const scheduledTime = new Date(Math.max(gone.expires, held.expires) + DAY);
    await worker.scheduled(createScheduledController({ scheduledTime }), env);
    expect(log.mock.calls).toEqual([
      ['woken', expect.stringMatching(/^\{"calls":\d+,"conferences":\d+,"recordings":\d+\}$/)],
      ['retired', '{"calls":1,"conferences":0,"recordings":1,"unfinished":false}'],
    ]);
    expect(await leftOf(gone)).toEqual([]);
    expect(await leftOf(held)).toEqual(held.secrets);
  });

  it('leaves no name and no label of a conference that has expired, and the name can be used again', async () => {
    const [name, label] = ['Mevrouw Jansen over haar rekening', 'mevrouw-jansen'];
    const enter = async () => {
      const flow = [{ verb: 'conference', name, participantLabel: label, timeLimit: 3 }];
      const order = { to: '+493023125000', from: OWN, flow, retention: { call: 'P1D' }, simulate: { speed: 20 } };
      const { id: call } = (await ask('POST', '/calls', order)).body;
      const ended = "SELECT id, expires_at FROM conferences WHERE status = 'completed' AND retired_at IS NULL";
      const conference = await until(async () => {
        const row = await env.DB.prepare(ended).first<{ id: string; expires_at: number }>();
        expect(row, call).not.toBeNull();
        return row as { id: string; expires_at: number };
      });
      return conference;
    };
    const { id, expires_at: expires } = await enter();
    expect(Math.round((expires - Date.now()) / DAY)).toBe(1);
    expect(await allStored()).toContain(name);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await retireDaily(env, expires + 1);
    expect(log.mock.calls.join()).toContain('"conferences":1');
    const conferences = await storedOf(conferenceObject(env, id));
    expect(conferences).toEqual(NOTHING_STORED);
    const row = await env.DB.prepare('SELECT friendly_name FROM conferences WHERE id = ?').bind(id).first();
    expect(row).toEqual({ friendly_name: null });
    const seen = await ask('GET', `/conferences/${id}`);
    expect(seen).toMatchObject({ status: 200, body: { id, status: 'completed' } });
    expect(seen.body).not.toHaveProperty('friendly_name');
    expect(await ask('GET', `/conferences/${id}/participants`)).toMatchObject({ body: { participants: [] } });
    expect((await ask('PATCH', `/conferences/${id}`, { status: 'completed' })).status).toBe(200);
    expect((await ask('PATCH', `/conferences/${id}`, { announce: 'Hallo' })).status).toBe(409);
    expect((await enter()).id).not.toBe(id);
  });

  it('begins after the retention is over, not before', async () => {
    const story = await aRecordedCall();
    vi.spyOn(console, 'log').mockImplementation(() => {});
    await retireDaily(env, Math.min(story.expires, Date.now() + DAY) - 60_000);
    expect(await leftOf(story)).toEqual(story.secrets);
  });

  it('that was interrupted, when objects had forgotten and the database had not, is made up for by the next', async () => {
    const story = await aRecordedCall();
    const now = story.expires + DAY;
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const batch = () => Promise.reject(new Error(`no database for ${story.secrets[0]}`));
    const DB = { prepare: (sql: string) => env.DB.prepare(sql), batch } as unknown as D1Database;
    const interrupted = await retireDaily({ ...env, DB }, now).catch((error: Error) => error.message);
    expect(interrupted).toMatch(/^The daily run was interrupted, the next one goes on: Error at /);
    expect(interrupted).not.toContain(story.secrets[0]);
    expect(await leftOf(story)).not.toEqual([]);
    // What is still in the database is not shown.
    expect((await ask('GET', `/calls/${story.id}`)).body.to).toMatch(/^\+31\*{5}/);
    await retireDaily(env, now + DAY);
    expect(await leftOf(story)).toEqual([]);
  });
});

describe('a call that was forgotten', () => {
  it('is answered with masked numbers and the moments of its life, cannot be held, and has its recordings', async () => {
    const { id, recording, expires } = await aRecordedCall();
    const before = (await ask('GET', `/calls/${id}`)).body;
    vi.spyOn(console, 'log').mockImplementation(() => {});
    await retireDaily(env, expires + DAY);
    const { metadata: _gone, ...rest } = before;
    const masked = { ...rest, from: '+31*****000', to: before.to.replace(/^(\+31)\d+(\d{3})$/, '$1*****$2') };
    expect(await ask('GET', `/calls/${id}`)).toEqual({ status: 200, body: masked });
    expect((await ask('GET', '/calls?page_size=100')).body.calls).toContainEqual(masked);
    const events = (await ask('GET', `/calls/${id}/events`)).body.events as { type: string }[];
    expect(events.map(({ type }) => type)).toEqual(['call.queued', 'call.in-progress', 'call.completed']);
    expect(await ask('GET', `/simulator/calls/${id}/heard`)).toEqual({ status: 200, body: { heard: [] } });
    expect((await ask('GET', `/calls/${id}/recordings`)).body.recordings).toMatchObject([
      { id: recording, status: 'expired' },
    ]);
    expect((await ask('DELETE', `/calls/${id}`)).status).toBe(204);
    expect(await ask('PATCH', `/calls/${id}`, { legal_hold: true })).toMatchObject({
      status: 410,
      body: { code: 'call_expired' },
    });
  });

  it('does not exist for another account', async () => {
    const { id, expires } = await aRecordedCall();
    vi.spyOn(console, 'log').mockImplementation(() => {});
    await retireDaily(env, expires + DAY);
    const stranger = newId('AC', Date.now());
    await env.DB.batch([
      env.DB.prepare("INSERT INTO accounts VALUES (?, 'Stranger', '[]', 0)").bind(stranger),
      env.DB.prepare("INSERT INTO api_keys VALUES (?, ?, 'test', 0, NULL)").bind(
        await hashKey('tf_test_nosy'),
        stranger,
      ),
    ]);
    for (const path of ['', '/events', '/recordings']) {
      const answer = await exports.default.fetch(`https://api.test/v1/voice/calls/${id}${path}`, {
        headers: { 'x-api-key': 'tf_test_nosy' },
      });
      expect(answer.status).toBe(404);
    }
  });
});

describe('recordings of a call on hold', () => {
  it('stay, take nobody’s place in the batch, and go once the hold is lifted', async () => {
    const held = await aRecordedCall();
    await ask('PATCH', `/calls/${held.id}`, { legal_hold: true });
    const later = await aRecordingOf(newId('CA', Date.now()));
    const now = Date.now() + 2 * DAY;
    const overdue = await overdueRecordings(env.DB, now, 1000);
    expect(overdue).toContain(later);
    expect(overdue).not.toContain(held.recording);
    expect(await overdueRecordings(env.DB, now, overdue.length)).toContain(later);
    await ask('PATCH', `/calls/${held.id}`, { legal_hold: false });
    expect(await overdueRecordings(env.DB, now, 1000)).toContain(held.recording);
  });
});
