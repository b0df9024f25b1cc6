import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient, KEYS, NUMBER } from '../support/api.ts';
import { prepareState, type RunningWorker, startWorker } from '../support/worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'telefoon-emergency-'));
const gateways = ['src/cli/gateways.ts', 'trunk', 'gw-local'];
let worker: RunningWorker;

beforeAll(async () => {
  prepareState(folder);
  const mapped = ['help', '--serves', 'NL', '--emergency', '112,116117'];
  execFileSync('node', [...gateways, ...mapped, '--persist-to', folder]);
  worker = await startWorker(folder);
}, 60_000);
afterAll(async () => {
  await worker?.kill();
  rmSync(folder, { recursive: true });
});

const order = (to: string) => ({ to, from: NUMBER, flow: [{ verb: 'hangup' }] });

describe('an emergency or short number', () => {
  it.each(['112', '116117'])('that a trunk is mapped to is called with a live key: %s', async (to) => {
    const api = apiClient(KEYS.live, worker.url);
    const placed = await api.post('/calls', order(to));
    expect(placed).toMatchObject({ status: 201, body: { to } });
    // No gateway is connected here; that it got so far is the point.
    expect(await api.ended(String(placed.body.id))).toMatchObject({ end_reason: 'no-gateway' });
  });

  it.each([
    ['that is mapped to no trunk', KEYS.live, '110'],
    ['that only begins like a mapped one', KEYS.live, '1120'],
    ['that a mapped one begins with', KEYS.live, '11'],
    ['that is mapped, with a test key', KEYS.local, '112'],
    ['that is not mapped, with a test key', KEYS.local, '110'],
  ])('%s is refused, and nothing is stored', async (_what, key, to) => {
    const api = apiClient(key, worker.url);
    const before = (await api.get('/calls')).body.total;
    expect(await api.post('/calls', order(to))).toMatchObject({
      status: 422,
      body: { code: 'emergency_refused', errors: [{ field: 'to' }] },
    });
    expect((await api.get('/calls')).body.total).toBe(before);
  });

  it.each([
    ['--emergency', '1'],
    ['--emergency', '1234567'],
    ['--serves', '0049'],
  ])('and a prefix that no call could have is refused by the command: %s %s', (option, value) => {
    const serves = option === '--serves' ? [] : ['--serves', 'DE'];
    const given = [...gateways, 'x', ...serves, option, value, '--persist-to', folder];
    const { status, stderr } = spawnSync('node', given, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${value}.* such as `));
  });
});
