import { beforeAll, describe, expect, it } from 'vitest';
import { operator } from '../support/operator.ts';
import { until } from '../support/until.ts';
import { SPARE_GATEWAY, worldOf } from '../support/world.ts';

const { api, live, number } = worldOf(import.meta.url);

const order = (to: string) => ({ to, from: number, flow: [{ verb: 'hangup' }] });

beforeAll(async () => {
  await operator('gateways', 'trunk', SPARE_GATEWAY, 'help', '--serves', 'NL', '--emergency', '112,116117');
  // Until the Worker looks again, it believes the trunks that it has seen before.
  await until(async () => expect((await live.post('/calls', order('112'))).status).toBe(201));
});

describe('an emergency or short number', () => {
  it.each(['112', '116117'])('that a trunk is mapped to is called with a live key: %s', async (to) => {
    const placed = await live.post('/calls', order(to));
    expect(placed).toMatchObject({ status: 201, body: { to } });
    // No gateway is connected here; that it got so far is the point.
    expect(await live.ended(String(placed.body.id))).toMatchObject({ end_reason: 'no-gateway' });
  });

  it.each([
    ['that is mapped to no trunk', live, '110'],
    ['that only begins like a mapped one', live, '1120'],
    ['that a mapped one begins with', live, '11'],
    ['that is mapped, with a test key', api, '112'],
    ['that is not mapped, with a test key', api, '110'],
  ])('%s is refused, and nothing is stored', async (_what, client, to) => {
    const before = (await client.get('/calls')).body.total;
    expect(await client.post('/calls', order(to))).toMatchObject({
      status: 422,
      body: { code: 'emergency_refused', errors: [{ field: 'to' }] },
    });
    expect((await client.get('/calls')).body.total).toBe(before);
  });

  it.each([
    ['--emergency', '1'],
    ['--emergency', '1234567'],
    ['--serves', '0049'],
  ])('and a prefix that no call could have is refused by the command: %s %s', async (option, value) => {
    const serves = option === '--serves' ? [] : ['--serves', 'DE'];
    const { status, stderr } = await operator('gateways', 'trunk', SPARE_GATEWAY, 'x', ...serves, option, value);
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${value}.* such as `));
  });
});
