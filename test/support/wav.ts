import { expect, inject } from 'vitest';

/** A recording's WAV as a customer gets it; nothing where another status is expected. */
export async function fetchWav(id: unknown, key: string, status = 200, url = inject('url')): Promise<Buffer> {
  const answer = await fetch(`${url}/v1/voice/recordings/${id}.wav`, { headers: { 'x-api-key': key } });
  expect(answer.status, `GET ${id}.wav`).toBe(status);
  const body = Buffer.from(await answer.arrayBuffer());
  return status === 200 ? body : Buffer.alloc(0);
}
