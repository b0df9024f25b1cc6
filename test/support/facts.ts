import { env } from 'cloudflare:workers';
import type { NewCallFacts } from '../../src/calls/call.ts';
import { scriptFor } from '../../src/contracts/script.ts';
import { newId } from '../../src/lib/ids.ts';
import { DEFAULT_RETENTION } from '../../src/retention/retention.ts';
import { callObject, simulatedObject } from './objects.ts';

export const ACCOUNT = 'AC00000000000070008000000000000001';
export const SCOPE = { accountId: ACCOUNT, mode: 'test' } as const;
export const HOOK = 'https://hook.example/status';

/** A call that is about to begin, under an id of its own; by default its callee rings and does nothing more. */
export const someFacts = (facts: Partial<NewCallFacts> = {}): NewCallFacts => ({
  id: newId('CA', Date.now()),
  accountId: ACCOUNT,
  mode: 'test',
  direction: 'outbound',
  from: '+31851234567',
  to: '+493023125002',
  timeout: 30,
  timeLimit: 14_400,
  language: 'nl-NL',
  retention: DEFAULT_RETENTION,
  rate: { perMinuteMicros: 60_000, firstSeconds: 1, nextSeconds: 1 },
  secrets: ['whsec_dGVsZWZvb24tbG9jYWwtd2ViaG9vay1zZWNyZXQ='],
  statusCallback: HOOK,
  script: scriptFor('+493023125002'),
  ...facts,
});

export const callOf = (id: string) => callObject(env, id);
export const legOf = (id: string) => simulatedObject(env, id);

export const typesOf = async (id: string): Promise<string[]> => {
  const found = await callOf(id).timeline(SCOPE);
  return found.ok ? found.value.map(({ type }) => type) : [];
};
