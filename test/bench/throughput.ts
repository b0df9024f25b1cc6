import { setTimeout as sleep } from 'node:timers/promises';
import { FROM, KEY } from './database.ts';
import { type Latency, measureLatency, measureThroughput, type Pace, type Target } from './load.ts';

export interface Figures extends Latency {
  perSecond: number;
}

/** One kind of request: ours, and what the machine does at the very least for such a one. */
export interface Comparison {
  request: string;
  empty: Figures;
  ours: Figures;
}

interface Pair extends Pace {
  request: string;
  empty: Target;
  ours: Target;
}

export interface Urls {
  empty: string;
  ours: string;
}

const GET_PACE: Pace = { rate: 50, requests: 200 };
const POST_PACE: Pace = { rate: 10, requests: 100 };

const HEADERS = { 'x-api-key': KEY, 'content-type': 'application/json' };

/** Calls that the network ends at once, so that few objects are awake at a time: each holds three file descriptors. */
const BUSY_CALL = { to: '+493023125001', from: FROM, simulate: { outcome: 'busy', ring_after: 0 } };

/** Calls in the account when lists are measured: more than one page. */
const CALLS = 60;

/** An object of a call lies in memory and sets an alarm for 10 s after its call began; then it is quiet. */
const SETTLE_MS = 12_000;

/** Measures every kind of request, first for the empty Worker. Reading comes first: new objects stay awake for a while. */
export async function compare(urls: Urls, seconds: number): Promise<Comparison[]> {
  const id = await placeCalls(urls.ours);
  await fetch(`${urls.empty}/row`, { method: 'PUT' });
  await sleep(SETTLE_MS);
  const comparisons: Comparison[] = [];
  for (const { request, empty, ours, ...pace } of pairs(urls, id)) {
    comparisons.push({ request, empty: await measure(empty, pace, seconds), ours: await measure(ours, pace, seconds) });
  }
  return comparisons;
}

function pairs({ empty, ours }: Urls, id: string): Pair[] {
  const calls = `${ours}/v1/voice/calls`;
  const get = { method: 'GET', headers: HEADERS } as const;
  const post = { method: 'POST', headers: HEADERS, body: JSON.stringify(BUSY_CALL) } as const;
  const read: Target = { ...get, url: `${empty}/row` };
  return [
    { request: 'GET /calls/{id}', ...GET_PACE, empty: read, ours: { ...get, url: `${calls}/${id}` } },
    { request: 'GET /calls', ...GET_PACE, empty: read, ours: { ...get, url: calls } },
    { request: 'POST /calls', ...POST_PACE, empty: { ...post, url: `${empty}/rows` }, ours: { ...post, url: calls } },
  ];
}

/** Latency before throughput: what a saturated Worker leaves to do would slow the next requests. */
async function measure(target: Target, pace: Pace, seconds: number): Promise<Figures> {
  const latency = await measureLatency(target, pace);
  return { ...latency, perSecond: await measureThroughput(target, seconds) };
}

/** Fills the account and answers with the id of one of its calls. */
async function placeCalls(url: string): Promise<string> {
  let id = '';
  for (let n = 0; n < CALLS; n++) {
    const body = JSON.stringify(BUSY_CALL);
    const response = await fetch(`${url}/v1/voice/calls`, { method: 'POST', headers: HEADERS, body });
    const answer = (await response.json()) as { id: string };
    if (response.status !== 201) throw new Error(`POST /calls: ${response.status} ${JSON.stringify(answer)}`);
    id = answer.id;
  }
  return id;
}
