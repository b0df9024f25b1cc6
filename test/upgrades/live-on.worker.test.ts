import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallObject } from '../../src/calls/object/object.ts';
import { GatewayObject } from '../../src/carriers/asterisk/object.ts';
import { SimulatedObject } from '../../src/carriers/simulated/object.ts';
import { endpointUpgrades } from '../../src/carriers/simulated/upgrades.ts';
import type { Mode } from '../../src/contracts/scope.ts';
import { idTime, newId } from '../../src/lib/ids.ts';
import { done } from '../../src/lib/result.ts';
import type { Row } from '../../src/lib/upgrades.ts';
import { type StoredKind, type StoredRow, storedRows } from '../fixtures/rows.ts';
import { aCustomer } from '../support/customer.ts';

/** The rows of every release, each put into an object that has never run: the first code that reads it is today's. */

/** Far in the future, so that every timer of a fixture is overdue and no alarm rings by itself. */
const LATER = Date.parse('2100-01-01T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: LATER });
  aCustomer();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Both networks take every command, and report nothing. */
function quietNetworks(): void {
  vi.spyOn(SimulatedObject.prototype, 'perform').mockResolvedValue(done(undefined));
  vi.spyOn(GatewayObject.prototype, 'perform').mockResolvedValue(done(undefined));
}

async function putRow(stub: unknown, table: string, row: Row): Promise<void> {
  await runInDurableObject(stub as DurableObjectStub, async (_object, { storage }) => {
    storage.sql.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, record TEXT NOT NULL)`);
    storage.sql.exec(`INSERT INTO ${table} (id, record) VALUES (1, ?)`, JSON.stringify(row));
  });
}

/** With the alarm that the object had. */
async function putLine(stub: unknown, { row }: StoredRow): Promise<void> {
  await runInDurableObject(stub as DurableObjectStub, async (_object, { storage }) => {
    storage.kv.put('line', row);
    await storage.setAlarm(LATER);
  });
}

/** The row with an id of its own: stories share calls, and their copies in the database. */
function underOwnId(kind: 'CA' | 'CF', { row }: StoredRow, field: string): Row {
  const { id } = row[field] as { id: string };
  return JSON.parse(JSON.stringify(row).replaceAll(id, newId(kind, idTime(id))));
}

const alarmOf = (stub: unknown): Promise<number | null> =>
  runInDurableObject(stub as DurableObjectStub, async (_object, { storage }) => storage.getAlarm());

const RELEASES = ['05a1f9a', '4b9697c', 'd1925d8', '64f997c'];

/** Does this with everything of a kind that a release has stored, side by side; what fails says which file it was. */
async function withAll(release: string, kind: StoredKind, story: (stored: StoredRow) => Promise<void>): Promise<void> {
  const rows = storedRows(kind).filter(([, stored]) => stored.release === release);
  await Promise.all(
    rows.map(async ([name, stored]) => {
      await story(stored).catch((error: Error) => {
        error.message = `${name}: ${error.message}`;
        throw error;
      });
    }),
  );
}

const inside = (row: Row, field: string) => row[field] as Row & { accountId: string; mode: Mode; id: string };
const scopeOf = ({ accountId, mode }: { accountId: string; mode: Mode }) => ({ accountId, mode });

describe.each(RELEASES)('the calls that %s has stored', (release) => {
  beforeEach(quietNetworks);

  const put = async (stored: StoredRow) => {
    const row = underOwnId('CA', stored, 'call');
    const call = inside(row, 'call');
    const stub = env.CALLS.getByName(call.id);
    await putRow(stub, 'call', row);
    return { call, stub, scope: scopeOf(call) };
  };

  it('are seen as they were, and hung up by request', async () => {
    await withAll(release, 'call', async (stored) => {
      const { call, stub, scope } = await put(stored);
      expect(await stub.facts(scope)).toMatchObject({ value: { id: call.id, status: call.status } });
      expect(await stub.timeline(scope)).toMatchObject({ ok: true });
      expect(await stub.hangUp(scope)).toEqual({ ok: true });
      const { value: ended } = (await stub.facts(scope)) as { value: Row };
      expect(ended.endedAt).toBeTypeOf('number');
      expect(ended.expiresAt).toBeGreaterThan(Number(ended.endedAt));
    });
  });

  it('have their alarm again once they are woken, and end by their timers', async () => {
    await withAll(release, 'call', async (stored) => {
      const { call, stub, scope } = await put(stored);
      await stub.facts(scope);
      if (call.endedAt !== undefined) return;
      await vi.waitFor(async () => expect(await alarmOf(stub)).not.toBeNull(), 5000);
      await runDurableObjectAlarm(stub);
      const { value: ended } = (await stub.facts(scope)) as { value: Row };
      expect(ended).toMatchObject({ endedAt: expect.any(Number), expiresAt: expect.any(Number) });
      const copy = env.DB.prepare('SELECT status, expires_at FROM calls WHERE id = ?').bind(call.id);
      const expected = { status: ended.status, expires_at: expect.any(Number) };
      await vi.waitFor(async () => expect(await copy.first()).toEqual(expected), 10_000);
    });
  });
});

describe.each(RELEASES)('the conferences that %s has stored', (release) => {
  beforeEach(quietNetworks);

  const put = async (stored: StoredRow) => {
    const row = underOwnId('CF', stored, 'room');
    const conference = inside(row, 'room');
    const stub = env.CONFERENCES.getByName(conference.id);
    await putRow(stub, 'room', row);
    return { conference, stub, scope: scopeOf(conference) };
  };

  it('are seen as they were, changed and ended by request', async () => {
    await withAll(release, 'conference', async (stored) => {
      const { conference, stub, scope } = await put(stored);
      expect(await stub.facts(scope)).toMatchObject({ value: { id: conference.id, status: conference.status } });
      const { value: people } = (await stub.participants(scope)) as { value: { call: string; stay: number }[] };
      expect(people).toHaveLength((conference.participants as unknown[]).length);
      for (const { call } of people.filter(({ stay }) => stay > 0)) {
        const mute = { type: 'user.change', call, change: { muted: true } } as const;
        expect(await stub.request(scope, mute, call)).toEqual({ ok: true });
      }
      await stub.request(scope, { type: 'user.end' });
      expect(await stub.facts(scope)).toMatchObject({ value: { status: 'completed', expiresAt: expect.any(Number) } });
    });
  });

  it('have their alarm again once they are woken, and are over when nobody is left', async () => {
    await withAll(release, 'conference', async (stored) => {
      const { conference, stub, scope } = await put(stored);
      await stub.facts(scope);
      if (conference.endedAt !== undefined) return;
      for (const { call, visit } of conference.participants as { call: string; visit: number }[])
        await stub.participantEvent({
          call,
          stay: visit,
          type: 'participant.left',
          callStatus: 'completed',
          at: LATER,
        });
      await vi.waitFor(async () => expect(await alarmOf(stub)).not.toBeNull(), 5000);
      await runDurableObjectAlarm(stub);
      expect(await stub.facts(scope)).toMatchObject({ value: { status: 'completed' } });
    });
  });
});

it.each(RELEASES)(
  'the recordings that %s has stored are seen as they were, and go at the end of their time',
  async (release) => {
    await withAll(release, 'recording', async (stored) => {
      const recording = inside(stored.row, 'recording');
      const scope = scopeOf(recording);
      const stub = env.RECORDING_OBJECTS.getByName(`${release} ${stored.state}`);
      await putRow(stub, 'recording', stored.row);
      expect(await stub.facts(scope)).toMatchObject({ value: { id: recording.id, status: recording.status } });
      await stub.expire();
      const { value } = (await stub.facts(scope)) as { value: { status: string } };
      expect(value.status).toMatch(/expired|deleted/);
      expect(await stub.audio(scope, 'wav')).toEqual({ ok: false, refusal: 'recording_gone' });
    });
  },
);

describe.each(RELEASES)('the simulated network of %s', (release) => {
  it('has legs that are heard, hung up, and gone when they are forgotten', async () => {
    await withAll(release, 'simulated-leg', async (stored) => {
      const leg = inside(stored.row, 'leg');
      const stub = env.SIMULATED.getByName(`${release} ${stored.state}`);
      await putLine(stub, stored);
      expect(await stub.heard()).toBeInstanceOf(Array);
      const instructions = [{ do: 'hangup' } as const];
      await stub.perform({ leg: leg.id, first: Number(leg.performed) + 1, at: LATER, instructions });
      await runDurableObjectAlarm(stub);
      const line = await runInDurableObject(stub, async (_object, { storage }) => storage.kv.get<Row>('line'));
      expect(line).toMatchObject({ schema: endpointUpgrades.length, leg: { status: 'ended' } });
      await stub.forget();
      expect(await stub.heard()).toEqual([]);
    });
  });

  it('has bridges that still say who was in them', async () => {
    await withAll(release, 'simulated-bridge', async (stored) => {
      const stub = env.SIMULATED.getByName(`${release} ${stored.state}`);
      await putLine(stub, stored);
      const { presences } = inside(stored.row, 'mixing') as unknown as { presences: { leg: string }[] };
      expect((await stub.history())?.presences.map(({ leg }) => leg)).toEqual(presences.map(({ leg }) => leg));
      await runDurableObjectAlarm(stub);
    });
  });
});

it.each(RELEASES)(
  'a gateway that stays away ends the legs that %s has stored, and tells their calls',
  async (release) => {
    const rows = storedRows('gateway-leg').flatMap(([, it]) => (it.release === release ? [it.row] : []));
    // Stories share legs: each gets an id and a channel of its own.
    const own = (id: unknown, n: number) => `${String(id).slice(0, 32)}${10 + n}`;
    const legs: Row[] = rows.map((row, n) => ({ ...row, id: own(row.id, n), channel: own(row.channel, n) }));
    const live = legs.filter(({ status }) => ['new', 'dialing', 'ringing', 'up'].includes(String(status)));
    const told = vi.spyOn(CallObject.prototype, 'legEvents');
    const stub = env.GATEWAYS.getByName(`gateway of ${release}`);
    await runInDurableObject(stub, async (_object, { storage }) => {
      for (const leg of legs) storage.kv.put(`leg:${leg.id}`, leg);
      storage.kv.put('memory', { strangers: { '1795824592.7': LATER } });
      await storage.setAlarm(LATER);
    });
    await evictDurableObject(stub);
    expect((await stub.status()).liveChannels).toBe(live.length);
    await runDurableObjectAlarm(stub);
    vi.setSystemTime(LATER + 121_000);
    await runDurableObjectAlarm(stub);
    expect((await stub.status()).liveChannels).toBe(0);
    const ends = () => told.mock.calls.flat(2).filter(({ type }) => type === 'leg.ended');
    await vi.waitFor(() => expect(ends()).toHaveLength(live.length));
    const strangers = await runInDurableObject(stub, async (_object, { storage }) => storage.kv.get<Row>('memory'));
    expect(strangers).toMatchObject({ schema: 1, unknownChannels: { '1795824592.7': LATER } });
  },
);
