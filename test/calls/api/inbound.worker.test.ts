import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { receiveInbound } from '../../../src/calls/api/inbound.ts';
import { newId } from '../../../src/lib/ids.ts';
import { counted } from '../../support/counted.ts';

const ACCOUNT = newId('AC', Date.now());
const [OWN, FLOWLESS] = ['+31857651111', '+31857652222'];
const HOME = { gateway: 'gw-inbound', trunk: 'phones', capacity: 1, gatewayCapacity: 1 };

beforeAll(async () => {
  const number = 'INSERT INTO numbers (e164, account_id, voice_url, created_at) VALUES (?, ?, ?, 0)';
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts VALUES (?, 'Inbound', '[]', 0)").bind(ACCOUNT),
    env.DB.prepare(number).bind(OWN, ACCOUNT, 'https://hook.example/flow'),
    env.DB.prepare(number).bind(FLOWLESS, ACCOUNT, null),
  ]);
});

const arrival = async (called: string, DB = env.DB) => {
  const call = { id: newId('CA', 0), mode: 'live', called, caller: '+31201234567', routes: [HOME] } as const;
  const received = await receiveInbound({ ...call, routes: [HOME] }, { ...env, DB });
  return received.ok ? received.value : received.refusal;
};

it('a live call that comes in is kept as its account has chosen, for one row more', async () => {
  expect(await arrival(OWN)).toMatchObject({ retention: { call: 'P180D', recording: 'P30D' }, mode: 'live' });
  const { db, cost } = counted(env.DB);
  await arrival(OWN, db);
  const without = cost.read;
  await env.DB.prepare("INSERT INTO privacy_settings VALUES (?, '{}', ?, '{}', NULL)")
    .bind(ACCOUNT, '{"call":"P10D"}')
    .run();
  cost.read = 0;
  expect(await arrival(OWN, db)).toMatchObject({
    retention: { call: 'P10D', recording: 'P30D' },
  });
  expect(cost.read).toBeLessThanOrEqual(without + 1);
});

it('a call to a number that is nobody’s, or has no flow, is none', async () => {
  expect(await arrival('+31857659999')).toBe('number_unknown');
  expect(await arrival(FLOWLESS)).toBe('number_not_configured');
});

it('a call to what is no number is none, and the database is not asked', async () => {
  const { db, cost } = counted(env.DB);
  for (const called of ['', '<script>', `${OWN}\r\nX: y`, '+'.repeat(70_000)]) {
    expect(await arrival(called, db)).toBe('number_unknown');
  }
  expect(cost.read).toBe(0);
});

it('a caller whom the network calls something else than a number is anonymous', async () => {
  const call = { id: newId('CA', 0), mode: 'live', called: OWN, routes: [HOME] } as const;
  const received = await receiveInbound({ ...call, routes: [HOME], caller: '<script>\r\nX: y' }, env);
  expect(received).toMatchObject({ ok: true, value: { from: 'anonymous', to: OWN } });
});
