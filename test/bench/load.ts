import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';

/** One kind of request to measure. */
export interface Target {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

/** Requests per second to send, and how many in all: of fewer than 100, the 99th percentile would be the longest. */
export interface Pace {
  rate: number;
  requests: number;
}

export interface Latency extends Pace {
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export const CONNECTIONS = 16;

/** Every POST makes objects that stay awake for ten seconds or more, and each holds three file descriptors. */
const MOST_REQUESTS = { GET: 1_000_000, POST: 1500 };

/** Requests per second that were answered with success, with `CONNECTIONS` of them under way at any time. */
export async function measureThroughput({ url, ...request }: Target, seconds: number): Promise<number> {
  const maxOverallRequests = MOST_REQUESTS[request.method];
  const began = performance.now();
  let ended = began;
  const run = autocannon({ url, ...request, connections: CONNECTIONS, duration: seconds, maxOverallRequests });
  // Its own duration ends with a whole second, even when the last request was answered long before.
  run.on('response', () => {
    ended = performance.now();
  });
  const { '2xx': good, non2xx, errors } = await run;
  // A figure made of errors is worse than none.
  if (non2xx + errors > 0) throw new Error(`${request.method} ${url}: ${non2xx + errors} requests failed`);
  return (good * 1000) / (ended - began);
}

/**
 * Time from a request to its whole answer, the requests evenly spaced and none waiting for another's answer. Not by
 * autocannon: at a fixed rate it sends each second's requests in one burst when the second begins.
 */
export async function measureLatency(target: Target, { rate, requests }: Pace): Promise<Latency> {
  const began = performance.now();
  const running: Promise<number>[] = [];
  for (let n = 0; n < requests; n++) {
    await sleep(Math.max(0, began + (n * 1000) / rate - performance.now()));
    running.push(time(target));
  }
  const times = (await Promise.all(running)).sort((a, b) => a - b);
  return { rate, requests, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

async function time({ url, ...request }: Target): Promise<number> {
  const began = performance.now();
  const response = await fetch(url, request);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${request.method} ${url}: ${response.status}`);
  return performance.now() - began;
}

/** The nearest rank: of 100 times, the 99th percentile is the second longest. */
export const percentile = (sorted: number[], part: number): number =>
  sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
