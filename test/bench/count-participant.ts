import { ask, isArmed, quiet, ring, until } from './count-call.ts';
import { type Customer, startCustomer } from './customer.ts';
import { FROM, KEY } from './database.ts';
import { type Latency, percentile } from './load.ts';
import type { CountedParticipant } from './tally.ts';

/** The one that is counted hangs up by itself, well after everything about its coming is over. */
const STAYS_SECONDS = 8;

/**
 * Two talk in a conference that reports who comes and goes; a third comes, talks and hangs up. Answers with everything that
 * was used because of the third, its own call included.
 */
export async function countParticipant(url: string): Promise<CountedParticipant> {
  const customer = await startCustomer();
  try {
    const { conference, calls } = await aConference(url, customer);
    await settle(url, [conference, ...calls]);
    await ask(`${url}/tally`, 'DELETE');
    customer.callbacks.splice(0);
    const third = await enter(url, customer, 'counted', STAYS_SECONDS);
    await until('the third participant', () => customer.callbacks.includes('participant.joined'));
    await settle(url, [conference, third]);
    const alarms = await Promise.all([conference, third, ...calls].map((id) => dueWithinAMinute(url, id)));
    await until('its leaving', () => customer.callbacks.includes('participant.left'));
    await settle(url, [conference, third]);
    const tally = await quiet(url);
    const callbacks = [...customer.callbacks];
    await endConference(url, conference);
    return { tally, callbacks, alarmsPerMinute: alarms.filter(Boolean).length };
  } finally {
    await customer.close();
  }
}

const JOINS = 50;

/** How long it takes from asking for a call to the conference's report that it is in, one after the other. */
export async function measureJoins(url: string): Promise<Latency> {
  const customer = await startCustomer();
  try {
    const { conference } = await aConference(url, customer);
    const times: number[] = [];
    for (let n = 0; n < JOINS; n++) {
      const began = performance.now();
      const call = await enter(url, customer, 'counted');
      await until('a participant', () => customer.participants.includes(call), 2);
      times.push(performance.now() - began);
    }
    await endConference(url, conference);
    times.sort((a, b) => a - b);
    return { rate: 0, requests: JOINS, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  } finally {
    await customer.close();
  }
}

async function aConference(url: string, customer: Customer): Promise<{ conference: string; calls: string[] }> {
  const calls = [await enter(url, customer, 'counted'), await enter(url, customer, 'counted')];
  await until('two participants', () => customer.participants.length === 2);
  const { conferences } = (await get(url, '/conferences?status=in-progress')) as { conferences: { id: string }[] };
  return { conference: conferences[0]?.id ?? '', calls };
}

const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };

const get = async (url: string, path: string): Promise<unknown> =>
  (await fetch(`${url}/v1/voice${path}`, { headers })).json();

/** Its callee answers at once, and stays. */
async function enter(url: string, customer: Customer, name: string, seconds?: number): Promise<string> {
  const conference = {
    verb: 'conference',
    name,
    statusCallback: customer.statusUrl,
    statusCallbackEvent: 'join leave',
  };
  const simulate = { ring_after: 0, answer_after: 0, ...(seconds !== undefined && { hang_up_after: seconds }) };
  const body = JSON.stringify({ to: '+493023125000', from: FROM, flow: [conference], simulate });
  const response = await fetch(`${url}/v1/voice/calls`, { method: 'POST', headers, body });
  const answer = (await response.json()) as { id: string };
  if (response.status !== 201) throw new Error(`POST /calls: ${response.status} ${JSON.stringify(answer)}`);
  return answer.id;
}

async function endConference(url: string, conference: string): Promise<void> {
  await fetch(`${url}/v1/voice/conferences/${conference}`, { method: 'DELETE', headers });
}

/** Runs the alarms that are due soon, until none is: what a commit left for one to look after. */
async function settle(url: string, ids: string[]): Promise<void> {
  await quiet(url);
  for (const id of ids) {
    for (let rings = 0; await dueWithinAMinute(url, id); rings++) {
      if (rings === 5) throw new Error('An alarm sets itself again and again.');
      await ring(url, id);
    }
  }
}

const dueWithinAMinute = async (url: string, id: string): Promise<boolean> => {
  const at = (await isArmed(url, id)) as number | null;
  return at !== null && at < Date.now() + 60_000;
};
