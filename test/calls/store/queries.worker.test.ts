import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import { type CallFilter, copyCall, countCalls, listCalls } from '../../../src/calls/store/queries.ts';
import type { CallStatus, Direction } from '../../../src/contracts/call.ts';
import { newId } from '../../../src/lib/ids.ts';
import { aCall } from '../../support/call.ts';
import { counted } from '../../support/counted.ts';

const DAY = 86_400_000;
const MORNING = Date.parse('2026-06-01T08:00:00Z');
const scope = { accountId: 'AC00000000000070008000000000000009', mode: 'test' as const };
const STATUSES: CallStatus[] = ['completed', 'busy', 'no-answer', 'in-progress'];

/** Ten calls a day, an hour apart, over thirty days, of every kind. */
const calls: Call[] = Array.from({ length: 300 }, (_, index) => {
  const at = MORNING + Math.floor(index / 10) * DAY + (index % 10) * 3_600_000;
  return {
    ...aCall({ ...scope, id: newId('CA', at), direction: (index % 3 === 0 ? 'inbound' : 'outbound') as Direction }),
    status: STATUSES[index % 4] as CallStatus,
  };
});

beforeAll(async () => {
  for (const call of calls) await copyCall(env.DB, { ...call, status: 'queued' }, 1);
  for (const call of calls) await copyCall(env.DB, call, 2);
  await copyCall(env.DB, aCall({ accountId: 'AC00000000000070008000000000000008', id: newId('CA', MORNING) }), 1);
  await copyCall(env.DB, aCall({ ...scope, mode: 'live', id: newId('CA', MORNING) }), 1);
}, 60_000);

/** The same question, answered by looking at every call. */
function matching({
  status,
  direction,
  after = 0,
  before = Number.POSITIVE_INFINITY,
}: Omit<CallFilter, 'scope'>): Call[] {
  return calls
    .filter((call) => status === undefined || call.status === status)
    .filter((call) => direction === undefined || call.direction === direction)
    .filter(({ startedAt }) => startedAt >= after && startedAt < before)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

const questions: [string, Omit<CallFilter, 'scope'>][] = [
  ['everything', {}],
  ['one status', { status: 'busy' }],
  ['one direction', { direction: 'inbound' }],
  ['a status and a direction', { status: 'completed', direction: 'outbound' }],
  ['from a day on', { after: MORNING - 8 * 3_600_000 + 10 * DAY }],
  ['from the middle of a day on', { after: MORNING + 10 * DAY + 90 * 60_000 }],
  ['before the middle of a day', { before: MORNING + 10 * DAY + 90 * 60_000 }],
  ['within one day', { after: MORNING + 3 * DAY + 3_600_000, before: MORNING + 3 * DAY + 5 * 3_600_000 }],
  ['a month of one status', { status: 'busy', after: MORNING + DAY / 3, before: MORNING + 28 * DAY }],
  ['nothing at all', { after: MORNING + 20 * DAY, before: MORNING + 10 * DAY }],
];

describe.each(questions)('a list of %s', (_name, filter) => {
  const asked = { ...filter, scope };

  it('has the total that counting would give', async () => {
    expect(await countCalls(env.DB, asked)).toBe(matching(filter).length);
  });

  it.each([0, 7, 45, 290])('passed over by %i has the newest calls first', async (skip) => {
    const found = await listCalls(env.DB, asked, { limit: 10, skip });
    expect(found.map(({ id }) => id)).toEqual(
      matching(filter)
        .slice(skip, skip + 10)
        .map(({ id }) => id),
    );
  });

  it('continues after a cursor', async () => {
    const [first, ...rest] = matching(filter);
    const found = await listCalls(env.DB, asked, { limit: 5, skip: 0, cursor: first?.id ?? 'CA' });
    expect(found.map(({ id }) => id)).toEqual(rest.slice(0, 5).map(({ id }) => id));
  });
});

describe('the cost of a list', () => {
  const rowsRead = async (filter: Omit<CallFilter, 'scope'>, skip: number) => {
    const { db, cost } = counted(env.DB);
    await listCalls(db, { ...filter, scope }, { limit: 10, skip });
    await countCalls(db, { ...filter, scope });
    return cost.read;
  };

  it('of all calls is a page and the counters of its days, however deep the page', async () => {
    // A row for each day, status and direction (4 and 2 here), and the last one again that ends the walk.
    const counters = 30 * 4 * 2 + 60;
    expect(await rowsRead({}, 0)).toBeLessThanOrEqual(10 + counters);
    expect(await rowsRead({}, 290)).toBeLessThanOrEqual(10 + 10 + 2 * counters);
  });

  it('of one status is a page for each direction and the counters', async () => {
    expect(await rowsRead({ status: 'busy' }, 0)).toBeLessThanOrEqual(2 * 2 * 10 + 10 + 30 * 8 * 2);
  });

  it('of a status that no call has is almost nothing, however many calls there are', async () => {
    const { db, cost } = counted(env.DB);
    expect(await listCalls(db, { status: 'ringing', scope }, { limit: 10, skip: 0 })).toEqual([]);
    expect(await listCalls(db, { status: 'ringing', direction: 'inbound', scope }, { limit: 10, skip: 0 })).toEqual([]);
    expect(cost.read).toBeLessThanOrEqual(6);
  });
});

it('a copy writes a bounded number of rows, over the whole life of a call', async () => {
  const { db, cost } = counted(env.DB);
  const call = aCall({ ...scope, id: newId('CA', MORNING + 100 * DAY) });
  for (const [index, status] of (['queued', 'ringing', 'in-progress', 'completed'] as const).entries()) {
    await copyCall(db, { ...call, status }, index + 1);
  }
  expect(cost.written).toBeLessThanOrEqual(20);
});
