import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CostLine, costOf, isOver, participantCostOf } from './budgets.ts';
import { countCall } from './count-call.ts';
import { countParticipant } from './count-participant.ts';
import { build, newFolder, type Server, startWorker } from './server.ts';
import type { CountedCall, CountedParticipant } from './tally.ts';

let folder: Awaited<ReturnType<typeof newFolder>>;
let server: Server;

beforeAll(async () => {
  folder = await newFolder();
  server = await startWorker('counting', await build('counting', folder.path), folder.path);
});
afterAll(async () => {
  await server?.stop();
  await folder?.remove();
});

/** Counts, not times: they are the same on any machine. */
describe('one call with two prompts, a gather and status callbacks', () => {
  let counted: CountedCall;
  let lines: CostLine[];

  beforeAll(async () => {
    counted = await countCall(server.url, { speed: 1, hurry: true });
    lines = costOf(counted);
  });

  test('ran as it should: a call that was cut short would be cheap', () => {
    expect(counted.callbacks).toEqual(['call.ringing', 'call.in-progress', 'call.completed']);
    expect(counted.flowRequests).toBe(1);
  });

  test('was counted everywhere', () => {
    expect(lines.filter(({ used }) => used === 0)).toEqual([]);
  });

  test('stays within every budget of the architecture page', () => {
    expect(lines.filter(isOver)).toEqual([]);
  });
});

describe('one participant of a conference that reports who comes and goes', () => {
  let counted: CountedParticipant;
  let lines: CostLine[];

  beforeAll(async () => {
    counted = await countParticipant(server.url);
    lines = participantCostOf(counted);
  });

  test('came and went as it should', () => {
    expect(counted.callbacks).toEqual(['participant.joined', 'participant.left']);
  });

  test('costs nothing while it just talks, and was counted in everything else', () => {
    expect(counted.alarmsPerMinute).toBe(0);
    expect(lines.filter(({ used }) => used === 0)).toHaveLength(1);
  });

  test('stays within every budget', () => {
    expect(lines.filter(isOver)).toEqual([]);
  });
});
