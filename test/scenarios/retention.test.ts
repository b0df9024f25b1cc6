import { describe, expect, inject, it } from 'vitest';
import { apiClient, type Json, KEYS } from '../support/api.ts';
import { worldOf } from '../support/world.ts';

const { api, account, number } = worldOf(import.meta.url);
const DAY = 86_400_000;
const HANGUP = [{ verb: 'hangup' }];

const keptFor = ({ end_time, expires_at }: Json): number =>
  (Date.parse(String(expires_at)) - Date.parse(String(end_time))) / DAY;

/** The daily run as an operator starts it by hand, at whatever time. */
const runAt = (at: number) => fetch(`${inject('url')}/cdn-cgi/local/scheduled?time=${at}`);

describe('for how long a call is kept', () => {
  it('its account decides', async () => {
    const id = await api.place({ flow: HANGUP });
    expect(keptFor(await api.ended(id))).toBe(180);
  });

  it('it decides itself', async () => {
    const id = await api.place({ flow: HANGUP, retention: { call: 'P2W' } });
    expect(keptFor(await api.ended(id))).toBe(14);
  });

  it('those that it dials are kept as long', async () => {
    const flow = [{ verb: 'dial', number: '+493023125001' }];
    const id = await api.place({ flow, retention: { call: 'P3D', recording: 'P1D' } });
    const [placed] = await api.untilEvent(id, 'dial.placed');
    expect(keptFor(await api.ended(placed?.call))).toBe(3);
  });

  it('says nothing as long as it goes on', async () => {
    const id = await api.place({ to: '+493023125002', simulate: { speed: 1 } });
    expect((await api.call(id)).expires_at).toBeUndefined();
    await api.delete(`/calls/${id}`);
  });

  it.each([
    [
      { call: '30 days' },
      'retention.call',
      'must be an ISO 8601 duration of days, weeks, months or years, such as P30D',
    ],
    [{ call: 'PT5M' }, 'retention.call', 'must be an ISO 8601 duration of days, weeks, months or years, such as P30D'],
    [{ call: 'P0D' }, 'retention.call', 'must be at least P1D'],
    [{ call: 'P3Y' }, 'retention.call', 'must be at most P2Y'],
    [{ recording: 'P2Y' }, 'retention.recording', 'must be at most P1Y'],
  ])('is never %j', async (retention, field, message) => {
    const refused = await api.post('/calls', { to: '+493023125000', from: number, flow: HANGUP, retention });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ field, message }] },
    });
  });

  it('is text', async () => {
    const order = { to: '+493023125000', from: number, flow: HANGUP };
    for (const [retention, field] of [
      [{ call: 30 }, 'retention.call'],
      ['P30D', 'retention'],
    ]) {
      expect(await api.post('/calls', { ...order, retention })).toMatchObject({
        status: 422,
        body: { errors: [{ field }] },
      });
    }
  });
});

describe('a legal hold', () => {
  it('is set, shown and lifted, while the call goes on and after it', async () => {
    const id = await api.place({ to: '+493023125002', simulate: { speed: 1 } });
    const patch = async (legal_hold: boolean) => (await api.send('PATCH', `/calls/${id}`, { legal_hold })).body;
    expect((await api.call(id)).legal_hold).toBeUndefined();
    expect(await patch(true)).toMatchObject({ id, legal_hold: true });
    await api.delete(`/calls/${id}`);
    expect(await api.ended(id)).toMatchObject({ legal_hold: true });
    expect(await patch(false)).toMatchObject({ id, legal_hold: false });
    expect(await api.call(id)).toMatchObject({ legal_hold: false });
  });

  it.each([[{}], [{ legal_hold: 'yes' }], [{ legal_hold: null }]])('is not %j', async (body) => {
    const id = await api.place({ flow: HANGUP });
    expect(await api.send('PATCH', `/calls/${id}`, body)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'legal_hold' }] },
    });
  });

  it('is only for a call of one’s own', async () => {
    const id = await api.place({ flow: HANGUP });
    const refused = { status: 404, body: { code: 'call_not_found' } };
    for (const key of [KEYS.other, account.keys.live]) {
      expect(await apiClient(key).send('PATCH', `/calls/${id}`, { legal_hold: true })).toMatchObject(refused);
    }
    expect(await api.send('PATCH', '/calls/nonsense', { legal_hold: true })).toMatchObject(refused);
    expect((await api.call(id)).legal_hold).toBeUndefined();
  });
});

it('the daily run can be started by hand, and masks what has expired but is not held', async () => {
  const order = { flow: HANGUP, metadata: { order: '4711' }, retention: { call: 'P1D' } };
  const [gone, held] = [await api.place(order), await api.place(order)];
  await api.send('PATCH', `/calls/${held}`, { legal_hold: true });
  const ends = await Promise.all([gone, held].map(async (id) => Date.parse(String((await api.ended(id)).expires_at))));
  expect((await runAt(Math.max(...ends) + 1000)).status).toBe(200);
  const call = await api.call(gone);
  expect(call).toMatchObject({ from: `+31*****${number.slice(-3)}`, to: '+49*****000', status: 'completed' });
  expect(call.metadata).toBeUndefined();
  expect(await api.call(held)).toMatchObject({ to: '+493023125000', metadata: { order: '4711' } });
  expect(await api.send('PATCH', `/calls/${gone}`, { legal_hold: true })).toMatchObject({
    status: 410,
    body: { code: 'call_expired' },
  });
});
