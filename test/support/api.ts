import { expect, inject } from 'vitest';
import { contractComplaints, problemComplaints } from './contract.ts';
import { until } from './until.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

export const KEYS = {
  local: 'tf_test_local',
  live: 'tf_live_local',
  other: 'tf_test_other',
};

export const NUMBER = '+31851234567';

/** A client of the API, whose calls are from `number`. Every answer of the whole suite is held against the published contract. */
export function apiClient(key: string | null = KEYS.local, url = inject('url'), number = NUMBER) {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const target = `${url}/v1/voice${path}`;
    const response = await fetch(target, {
      method,
      headers: {
        ...(key !== null && { 'x-api-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === '' ? undefined : JSON.parse(text);
    const { status, headers: got } = response;
    const complaints =
      status >= 400
        ? problemComplaints(status, got.get('content-type'), json)
        : contractComplaints(method, target, status, json);
    expect(complaints, `${method} ${path} answered ${status} ${text.slice(0, 500)}`).toEqual([]);
    return { status, headers: got, body: json };
  };
  const call = async (id: unknown) => (await send('GET', `/calls/${id}`)).body;
  const events = async (id: unknown) => ((await send('GET', `/calls/${id}/events`)).body.events ?? []) as Json[];
  return {
    send,
    get: (path: string) => send('GET', path),
    post: (path: string, body?: unknown, headers?: Record<string, string>) => send('POST', path, body, headers),
    delete: (path: string) => send('DELETE', path),
    call,
    events,
    /** Places a call at a thousand times the speed unless it says otherwise, and answers with its id. */
    async place(order: Json = {}): Promise<string> {
      const simulate = { speed: 1000, ...(order.simulate as Json | undefined) };
      const placed = await send('POST', '/calls', { to: '+493023125000', from: number, ...order, simulate });
      expect(placed).toMatchObject({ status: 201, body: { status: 'queued' } });
      return placed.body.id as string;
    },
    /** The call once it is over. */
    async ended(id: unknown): Promise<Json> {
      return until(async () => {
        const now = await call(id);
        expect(now.end_time, `call is still ${now.status}`).toBeDefined();
        return now;
      });
    },
    /** The events of this type, once there are so many. */
    async untilEvent(id: unknown, type: string, count = 1): Promise<Json[]> {
      return until(async () => {
        const found = (await events(id)).filter((event) => event.type === type);
        expect(found.length, `waiting for ${type}`).toBeGreaterThanOrEqual(count);
        return found;
      });
    },
  };
}
