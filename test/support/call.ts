import { stateOf } from '../../src/calls/activities/activity.ts';
import type { DialState } from '../../src/calls/activities/dial.ts';
import { type Call, type NewCallFacts, newCall } from '../../src/calls/call.ts';
import { newId } from '../../src/lib/ids.ts';
import { DEFAULT_RETENTION } from '../../src/retention/retention.ts';

export const NOW = Date.parse('2100-01-01T12:00:00Z');

/** A call that was decided on but not yet placed; give what matters to the test. */
export const aCall = (facts: Partial<NewCallFacts> = {}): Call =>
  newCall({
    id: newId('CA', NOW),
    accountId: 'AC00000000000070008000000000000001',
    mode: 'test',
    direction: 'outbound',
    from: '+31851234567',
    to: '+493023125000',
    timeout: 30,
    timeLimit: 14_400,
    language: 'nl-NL',
    retention: DEFAULT_RETENTION,
    rate: { perMinuteMicros: 60_000, firstSeconds: 1, nextSeconds: 1 },
    secrets: ['whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ='],
    statusCallback: 'https://hook.example/status',
    ...facts,
  });

/** The legs that the call dials or talks with, while it does. */
export const dialOf = (call: Call): DialState | undefined => stateOf<DialState>(call, 'dial');
