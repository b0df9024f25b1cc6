import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { writeWav } from '../../../src/lib/wav.ts';
import { int16Bytes, tone, wavBytes } from './wav.ts';

/** A request to a voice, as it was sent. */
export interface Asked {
  url: string;
  headers: Headers;
  body: Record<string, unknown>;
  redirect?: RequestInit['redirect'] | undefined;
}

type Answering = (asked: Asked, count: number) => Response | Promise<Response>;

/** A WAV of a tone, at the rate that OpenAI's own voices have. */
export const toneWav = (seconds: number, rate = 24_000) =>
  wavBytes({ rate, data: int16Bytes(tone({ rate, seconds })) }) as Uint8Array<ArrayBuffer>;

/** A Worker that speaks: a tenth of a second for each character, unless told otherwise. */
export function aVoice(answer?: Answering) {
  const asked: Asked[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const one = { url, headers: new Headers(init.headers), body: JSON.parse(String(init.body)) };
    asked.push(one);
    if (answer) return answer(one, asked.length);
    const samples = new Int16Array(String(one.body.input).length * 0.1 * one.body.sample_rate).fill(1000);
    return new Response(writeWav(samples, one.body.sample_rate), { headers: { 'content-type': 'audio/wav' } });
  };
  return { asked, fetcher: { fetch } as unknown as Fetcher };
}

/** The Worker's surroundings with this voice, and these servers. */
export const speaking = (fetcher: Fetcher | undefined, servers?: unknown): Env =>
  ({
    ...env,
    SPEECH: fetcher,
    ...(servers !== undefined && { SPEECH_SERVERS: JSON.stringify(servers) }),
  }) as unknown as Env;

/** Whatever is on the internet, by the spied `fetch`. */
export function internet(answer: Answering) {
  const asked: Asked[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const body = init?.body ? JSON.parse(String(init.body)) : {};
    const one = { url: String(input), headers: new Headers(init?.headers), body, redirect: init?.redirect };
    asked.push(one);
    return answer(one, asked.length);
  });
  return asked;
}

let count = 0;
/** A host that no test has used before: this isolate remembers servers that failed. */
export const freshHost = () => `https://host-${++count}-${crypto.randomUUID()}.example`;
/** A text that no test has used before, since what was spoken once is kept. */
export const freshText = (words = 'Hallo') => `${words} ${crypto.randomUUID().replaceAll('-', '')}`;
