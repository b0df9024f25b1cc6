import { expect, inject } from 'vitest';
import { KEYS } from './api.ts';

/** A recording's WAV as a customer gets it; nothing where another status is expected. */
export async function fetchWav(id: unknown, status = 200, url = inject('url'), key = KEYS.local): Promise<Buffer> {
  const answer = await fetch(`${url}/v1/voice/recordings/${id}.wav`, { headers: { 'x-api-key': key } });
  expect(answer.status, `GET ${id}.wav`).toBe(status);
  const body = Buffer.from(await answer.arrayBuffer());
  return status === 200 ? body : Buffer.alloc(0);
}

const HEADER = 44;

/** The samples of each channel; of a mono file, twice the same. */
export function channelsOf(wav: Buffer): [Int16Array, Int16Array] {
  const count = wav.readUInt16LE(22);
  const samples = Int16Array.from({ length: (wav.length - HEADER) / 2 }, (_, at) => wav.readInt16LE(HEADER + 2 * at));
  const every = (offset: number) => samples.filter((_, at) => at % count === offset);
  return [every(0), every(count - 1)];
}
