import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callsAlive } from '../../src/calls/store/alive.ts';
import { SimulatedObject } from '../../src/carriers/simulated/object.ts';
import { newId } from '../../src/lib/ids.ts';
import { done } from '../../src/lib/result.ts';
import { wakeAlive } from '../../src/retention-job/wake-alive.ts';
import { someRecording } from '../recordings/facts.ts';
import { enters } from '../support/conference.ts';
import { counted } from '../support/counted.ts';
import { aCustomer } from '../support/customer.ts';
import { callOf, SCOPE, someFacts } from '../support/facts.ts';
import { conferenceObject, recordingObject } from '../support/objects.ts';
import { until } from '../support/until.ts';

const HOUR = 3_600_000;

let log: string[] = [];
beforeEach(() => {
  log = [];
  aCustomer();
  vi.spyOn(SimulatedObject.prototype, 'perform').mockResolvedValue(done(undefined));
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void log.push(words.join(' ')));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Stub = Parameters<typeof evictDurableObject>[0];

/** The platform has lost the object's alarm, and the object is asleep. */
async function loseAlarm(stub: unknown): Promise<void> {
  await runInDurableObject(stub as DurableObjectStub, (_object, { storage }) => storage.deleteAlarm());
  await evictDurableObject(stub as Stub);
}

const alarmOf = (stub: unknown) =>
  runInDurableObject(stub as DurableObjectStub, (_object, { storage }) => storage.getAlarm());

const untilCopied = (table: string, id: string) =>
  until(async () =>
    expect(await env.DB.prepare(`SELECT id FROM ${table} WHERE id = ?`).bind(id).first()).not.toBeNull(),
  );

/** A call whose phone rings for a day. */
async function aCall(): Promise<string> {
  const { statusCallback: _quiet, ...facts } = someFacts({ timeout: 86_400 });
  await callOf(facts.id).begin(facts);
  await untilCopied('calls', facts.id);
  return facts.id;
}

describe('the daily run', () => {
  it('has the alarms set again that calls, conferences and recordings have lost', async () => {
    const call = callOf(await aCall());
    const id = newId('CF', Date.now());
    const conference = conferenceObject(env, id);
    await conference.enter(enters(newId('CA', Date.now())), SCOPE, { ...SCOPE, id, secrets: [] });
    await untilCopied('conferences', id);
    const facts = someRecording({ accountId: SCOPE.accountId });
    const recording = recordingObject(env, facts.id);
    await recording.begin(facts);
    await recording.report({ type: 'stopped', at: Date.now() });
    await untilCopied('recordings', facts.id);
    for (const stub of [call, conference, recording]) await loseAlarm(stub);
    for (const stub of [call, conference, recording]) expect(await alarmOf(stub)).toBeNull();
    for (const stub of [call, conference, recording]) await evictDurableObject(stub as Stub);
    await wakeAlive(env, Date.now() + 2 * HOUR);
    for (const stub of [call, conference, recording])
      await until(async () => expect(await alarmOf(stub)).toBeGreaterThan(Date.now()));
    expect(log.at(-1)).toMatch(/^woken \{"calls":\d+,"conferences":\d+,"recordings":\d+\}$/);
  });

  it('leaves alone what is younger than an hour, and takes no more than it may, the oldest first', async () => {
    const first = await aCall();
    const second = await aCall();
    const before = Date.now() + 1000;
    const ids = (await callsAlive(env.DB, before, 1000)).map(({ id }) => id);
    expect(ids.slice(-2)).toEqual([first, second]);
    expect(await callsAlive(env.DB, before, 1)).toEqual([{ ...SCOPE, id: ids[0] }]);
    expect((await callsAlive(env.DB, Date.now() - HOUR, 1000)).map(({ id }) => id)).not.toContain(first);
  });

  it('says so where the database does not answer, and goes on with the rest', async () => {
    await env.DB.exec('ALTER TABLE conferences RENAME TO conferences_away');
    await wakeAlive(env, Date.now() + 2 * HOUR);
    await env.DB.exec('ALTER TABLE conferences_away RENAME TO conferences');
    expect(log.at(-1)).toMatch(/^woken \{"calls":\d+,"conferences":"Error.*,"recordings":\d+\}$/);
  });

  it('reads what is alive, and no call that is over', async () => {
    const over = Array.from({ length: 400 }, (_, at) => newId('CA', Date.now() - at));
    await env.DB.batch(
      over.map((id, at) =>
        env.DB.prepare(
          `INSERT INTO calls (account_id, mode, id, status, direction, from_number, to_number, started_at, ended_at,
          expires_at, version) VALUES (?, 'test', ?, 'completed', 'outbound', '+31201234567', '+31201234567', 0, 1, 9e15, 1)`,
        ).bind(`AC${at % 4}`, id),
      ),
    );
    const { db, cost } = counted(env.DB);
    const found = await callsAlive(db, Date.now() + 1000, 1000);
    const accounts = await env.DB.prepare('SELECT count(DISTINCT account_id) AS n FROM calls').first<number>('n');
    // For each account one seek for each kind, and what was found.
    expect(cost.read).toBeLessThan(found.length * 3 + (accounts ?? 0) * 40);
  });
});
