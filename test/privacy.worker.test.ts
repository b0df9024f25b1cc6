import { listDurableObjectIds } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { hashKey } from '../src/accounts/keys.ts';
import { aCustomer, flow } from './support/customer.ts';
import { ACCOUNT, SCOPE } from './support/facts.ts';
import { callObject } from './support/objects.ts';
import { until } from './support/until.ts';

afterEach(() => void vi.restoreAllMocks());

const OWN = '+31857654321';
const ROOM = 'Gesprek met mevrouw Jansen';
const SPOKEN = 'Uw saldo is vierhonderd euro';
const NOTICE = 'Mogen wij dit gesprek opnemen? Toets een 1.';
const ON_FILE = '+31207654321';
const KEY = 'tf_test_privacyprivacy';

beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts VALUES (?, 'Privacy', ?, 0)").bind(ACCOUNT, '["whsec_dGVsZWZvb24="]'),
    env.DB.prepare("INSERT INTO api_keys VALUES (?, ?, 'test', 0, NULL)").bind(await hashKey(KEY), ACCOUNT),
    env.DB.prepare('INSERT INTO numbers (e164, account_id, voice_url, created_at) VALUES (?, ?, ?, 0)').bind(
      OWN,
      ACCOUNT,
      'https://hook.example/flow',
    ),
  ]);
});

const post = (path: string, body: unknown) =>
  exports.default.fetch(`https://api.test/v1/voice${path}`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

it('no phone number, digit string, spoken text or key is in a log line, an object name, a queue message or an error', async () => {
  const logged: unknown[][] = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, level).mockImplementation((...line) => void logged.push(line));
  }
  const send = vi.spyOn(env.WEBHOOKS, 'send');
  const gather = { verb: 'gather', numDigits: 8, action: '/menu', prompts: [{ verb: 'say', text: SPOKEN }] };
  const message = { verb: 'record', action: '/menu', timeout: 1 };
  const customer = aCustomer({
    '/flow': flow([gather]),
    '/message': flow([message]),
    '/menu': flow([{ verb: 'hangup' }]),
  });
  const simulate = { speed: 1000, digits: [{ after: 1, digits: '47110815', after_prompt: true }] };
  const hooks = { url: 'https://hook.example/flow', status_callback: 'https://hook.example/status' };
  const answers = [
    await post('/calls', { to: '+493023125000', from: OWN, ...hooks, simulate }),
    await post('/simulator/inbound-calls', { to: OWN, from: '+32470123456', simulate }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  const conference = [{ verb: 'conference', name: ROOM, timeLimit: 5 }];
  const entering = await post('/calls', { to: '+493023125000', from: OWN, flow: conference, simulate: { speed: 20 } });
  const { id: visitor } = await entering.json<{ id: string }>();
  const inConference = async () => (await callObject(env, visitor).timeline(SCOPE)) as { value: { type: string }[] };
  await until(async () => expect((await inConference()).value.map(({ type }) => type)).toContain('conference.left'));
  await until(() => expect(customer.posted.filter(({ data }) => data.digits === '47110815')).toHaveLength(2));
  await until(() => expect(customer.types()).toContain('call.completed'));

  const consent = { phone_number: ON_FILE, basis: 'opt-in', obtained_at: '2026-01-15', obtained_how: 'web form' };
  const filed = await (await post('/consents', consent)).json<{ id: string }>();
  const agrees = { speed: 1000, digits: [{ after: 0.5, digits: '1', after_prompt: true }] };
  const told = { record: true, recording_status_callback: 'https://hook.example/recorded' };
  const dials = [{ verb: 'dial', number: ON_FILE, timeLimit: 2 }];
  const recorded = [
    {
      to: '+493023125000',
      flow: [{ verb: 'say', text: SPOKEN }],
      recording_notice: NOTICE,
      tts_language: 'nl-NL',
      simulate: agrees,
    },
    { to: ON_FILE, url: 'https://hook.example/message', consent_ref: filed.id, simulate: { speed: 1000 } },
    { to: ON_FILE, flow: dials, simulate: { speed: 1000 } },
  ];
  for (const order of recorded) expect((await post('/calls', { from: OWN, ...told, ...order })).status).toBe(201);
  const enters = [{ verb: 'conference', name: `${ROOM} 2`, record: true }];
  const order = { to: ON_FILE, from: OWN, flow: enters, simulate: { speed: 20 } };
  const entered = [await post('/calls', order), await post('/calls', order)];
  const recordings = async (where: string) =>
    (await env.DB.prepare(`SELECT count(*) AS n FROM recordings WHERE ${where}`).first<{ n: number }>())?.n;
  await until(async () => expect(await recordings('conference_id IS NOT NULL')).toBe(1));
  for (const answer of entered) await callObject(env, (await answer.json<{ id: string }>()).id).hangUp(SCOPE);
  await until(async () => expect(await recordings("status = 'completed'")).toBeGreaterThanOrEqual(4));

  await env.DB.exec('ALTER TABLE numbers RENAME TO numbers_away');
  const errors = [
    await post('/calls', { to: '+493023125000', from: OWN }),
    await post('/calls', {
      to: '+4930231250001234567',
      from: OWN,
      flow: [{ verb: 'say', text: 47110815, loop: SPOKEN }],
    }),
  ];
  await env.DB.exec('ALTER TABLE numbers_away RENAME TO numbers');
  expect(errors.map(({ status }) => status)).toEqual([503, 422]);
  expect(logged.length).toBeGreaterThan(0);

  const { CALLS, SIMULATED, CONFERENCES, CONFERENCE_NAMES, RECORDING_OBJECTS } = env;
  const kinds = [CALLS, SIMULATED, CONFERENCES, CONFERENCE_NAMES, RECORDING_OBJECTS] as DurableObjectNamespace[];
  const names = (await Promise.all(kinds.map((kind) => listDurableObjectIds(kind)))).flat();
  const leaks = JSON.stringify({
    logged,
    names: names.map((id) => [id.toString(), id.name]),
    queued: send.mock.calls,
    stored: (await Promise.all([env.RECORDINGS.list(), env.MEDIA.list()])).map(({ objects }) => objects),
    errors: await Promise.all(errors.map((error) => error.text())),
  });
  for (const secret of [
    '31857654321',
    '493023125000',
    '32470123456',
    '47110815',
    ON_FILE.slice(1),
    SPOKEN,
    NOTICE,
    ROOM,
    KEY,
    'privacyprivacy',
  ]) {
    expect(leaks).not.toContain(secret);
  }
  expect(send).toHaveBeenCalled();
});
