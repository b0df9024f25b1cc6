import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { copyCall } from '../../src/calls/store/queries.ts';
import { conferenceFacts } from '../../src/conferences/conference.ts';
import { copyConference } from '../../src/conferences/store/queries.ts';
import { newId } from '../../src/lib/ids.ts';
import { masked } from '../../src/retention/mask.ts';
import { BATCH, type Homes, retire } from '../../src/retention-job/expire.ts';
import { aCall } from '../support/call.ts';
import { aConference } from '../support/conference.ts';
import { counted } from '../support/counted.ts';

const NOW = Date.parse('2026-11-23T03:00:00Z');
const DAY = 86_400_000;

interface Row {
  from_number: string;
  to_number: string;
  metadata: string | null;
  retired_at: number | null;
  expires_at: number | null;
}

const row = (id: string) => env.DB.prepare('SELECT * FROM calls WHERE id = ?').bind(id).first<Row>();

/** A call in the database, as the day leaves it: with an end of its retention, perhaps on hold. */
async function kept(expiresAt: number | null, legalHold: 0 | 1 | null = null): Promise<string> {
  const id = newId('CA', NOW);
  await copyCall(env.DB, aCall({ id, metadata: { order: '4711' } }), 1);
  await env.DB.prepare('UPDATE calls SET expires_at = ?, legal_hold = ? WHERE id = ?')
    .bind(expiresAt, legalHold, id)
    .run();
  return id;
}

/** Many at once: their numbers are those of the first. */
async function manyKept(count: number, expiresAt: number): Promise<void> {
  const id = await kept(expiresAt);
  await env.DB.prepare(
    `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
     INSERT INTO calls SELECT account_id, mode, id || n, status, direction, from_number, to_number, started_at, answered_at,
       ended_at, end_reason, answered_by, price_micros, metadata, version, parent_id, expires_at, legal_hold, retired_at
     FROM calls, n WHERE id = ?2`,
  )
    .bind(count - 1, id)
    .run();
}

const homes = (facts: Partial<Homes> = {}): Homes => ({
  forgetCalls: async () => [],
  forgetConferences: async () => [],
  expireRecordings: async () => 0,
  ...facts,
});

beforeEach(async () => void (await env.DB.exec('DELETE FROM calls')));

describe('a call that has expired', () => {
  it('has masked numbers and no metadata, once its object has forgotten it', async () => {
    const id = await kept(NOW);
    const forgotten: string[] = [];
    const forgetCalls = async (ids: string[]) => {
      expect(await row(id)).toMatchObject({ from_number: '+31851234567' });
      forgotten.push(...ids);
      return [];
    };
    expect(await retire(env, NOW, homes({ forgetCalls }))).toEqual({
      calls: 1,
      conferences: 0,
      recordings: 0,
      unfinished: false,
    });
    expect(forgotten).toEqual([id]);
    expect(await row(id)).toMatchObject({
      from_number: '+31*****567',
      to_number: '+49*****000',
      metadata: null,
      retired_at: NOW,
      expires_at: NOW,
      started_at: NOW,
    });
  });

  it('is masked once', async () => {
    await kept(NOW - DAY);
    expect((await retire(env, NOW, homes())).calls).toBe(1);
    expect((await retire(env, NOW + DAY, homes())).calls).toBe(0);
  });

  it('stays masked when a late copy of it arrives', async () => {
    const id = await kept(NOW);
    await retire(env, NOW, homes());
    await copyCall(env.DB, { ...aCall({ id }), status: 'completed' }, 2);
    expect(await row(id)).toMatchObject({ status: 'completed', to_number: '+49*****000' });
  });

  it('whose object cannot forget it is tried again tomorrow, and holds up nobody', async () => {
    const [stuck, other] = [await kept(NOW - 2 * DAY), await kept(NOW - DAY)];
    await retire(env, NOW, homes({ forgetCalls: async () => [stuck] }));
    expect(await row(stuck)).toMatchObject({ to_number: '+493023125000', retired_at: null, expires_at: NOW + DAY });
    expect(await row(other)).toMatchObject({ to_number: '+49*****000' });
    await retire(env, NOW + DAY, homes());
    expect(await row(stuck)).toMatchObject({ to_number: '+49*****000' });
  });
});

it.each([
  ['that has not expired', NOW + 1, null],
  ['without an end', null, null],
  ['on legal hold', NOW - DAY, 1],
] as const)('a call %s is left as it is', async (_what, expiresAt, hold) => {
  const id = await kept(expiresAt, hold);
  expect((await retire(env, NOW, homes())).calls).toBe(0);
  expect(await row(id)).toMatchObject({ to_number: '+493023125000', metadata: '{"order":"4711"}', retired_at: null });
});

it('a call whose legal hold was lifted goes', async () => {
  await kept(NOW - DAY, 0);
  expect((await retire(env, NOW, homes())).calls).toBe(1);
});

describe('a run', () => {
  it('goes from batch to batch until nothing is left', async () => {
    await manyKept(BATCH + 1, NOW);
    const batches: number[] = [];
    const forgetCalls = async (ids: string[]) => {
      batches.push(ids.length);
      return [];
    };
    expect(await retire(env, NOW, homes({ forgetCalls }))).toEqual({
      calls: BATCH + 1,
      conferences: 0,
      recordings: 0,
      unfinished: false,
    });
    expect(batches).toEqual([BATCH, 1]);
  });

  it('stops after its budget, and the next one goes on', async () => {
    await manyKept(BATCH + 1, NOW);
    expect(await retire(env, NOW, homes(), 1)).toMatchObject({ calls: BATCH, unfinished: true });
    expect(await retire(env, NOW, homes(), 1)).toMatchObject({ calls: 1, unfinished: false });
  });

  it('has expired recordings deleted, batch by batch', async () => {
    const left = [BATCH, 7];
    const expireRecordings = async (now: number, limit: number) => {
      expect([now, limit]).toEqual([NOW, BATCH]);
      return left.shift() ?? 0;
    };
    expect(await retire(env, NOW, homes({ expireRecordings }))).toMatchObject({ recordings: BATCH + 7 });
  });

  it('masks calls also when recordings cannot be deleted, and says so', async () => {
    const id = await kept(NOW);
    const expireRecordings = async () => Promise.reject(new Error('no bucket'));
    await expect(retire(env, NOW, homes({ expireRecordings }))).rejects.toThrow('no bucket');
    expect(await row(id)).toMatchObject({ retired_at: NOW });
  });

  it('reads and writes a few rows for each call that it retires, and none for the others', async () => {
    await manyKept(100, NOW);
    await retire(env, NOW, homes());
    await manyKept(100, NOW + DAY);
    for (let n = 0; n < 20; n++) await kept(NOW - DAY, 1);
    await manyKept(10, NOW);
    const { db, cost } = counted(env.DB);
    expect((await retire({ DB: db }, NOW, homes())).calls).toBe(10);
    // Its index row, its row, twice; what is to be changed, as JSON.
    expect(cost.read).toBeLessThanOrEqual(10 * 6 + 5);
    // Its row, and its row in the index, which goes.
    expect(cost.written).toBeLessThanOrEqual(10 * 2);
  });
});

describe('what an older release has ended without an end of its retention', () => {
  const undated = async (table: 'calls' | 'conferences', id: string, endedAt: number) =>
    env.DB.prepare(`UPDATE ${table} SET ended_at = ?, expires_at = NULL WHERE id = ?`).bind(endedAt, id).run();

  it('is kept for 180 days after its end, and goes then like any other call', async () => {
    const [old, recent] = [await kept(null), await kept(null)];
    await undated('calls', old, NOW - 181 * DAY);
    await undated('calls', recent, NOW - DAY);
    expect((await retire(env, NOW, homes())).calls).toBe(1);
    expect(await row(old)).toMatchObject({ from_number: masked('+31851234567'), retired_at: NOW });
    expect(await row(recent)).toMatchObject({ expires_at: NOW + 179 * DAY, retired_at: null });
  });

  it('may be more than a batch of calls', async () => {
    await manyKept(BATCH + 1, NOW);
    const old = 'UPDATE calls SET ended_at = ?, expires_at = NULL WHERE retired_at IS NULL';
    const { meta } = await env.DB.prepare(old)
      .bind(NOW - 181 * DAY)
      .run();
    expect(meta.changes).toBeGreaterThan(BATCH);
    expect((await retire(env, NOW, homes())).calls).toBe(meta.changes);
  });

  it('may be a conference', async () => {
    const id = newId('CF', NOW);
    await copyConference(env.DB, conferenceFacts({ ...aConference({ id }), status: 'completed' }), 1);
    await undated('conferences', id, NOW - 181 * DAY);
    expect((await retire(env, NOW, homes())).conferences).toBe(1);
  });
});
