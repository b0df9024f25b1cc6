import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prompt } from '../../src/contracts/carrier.ts';
import { writeWav } from '../../src/lib/wav.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/worker.ts';
import { energy, tone } from './support/wav.ts';

let wrangler: ChildProcess;
let customer: Server;
let origin = '';
let files = '';
const state = mkdtempSync(join(tmpdir(), 'telefoon-media-'));
const asked: { path: string; etag: string | undefined }[] = [];

/** A customer's server, over real HTTP. */
const FILES: Record<string, (response: ServerResponse, etag: string | undefined) => void> = {
  '/tone.wav': (response, etag) => {
    const headers = { etag: '"tone"', 'cache-control': 'no-cache' };
    if (etag === '"tone"') response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(new Uint8Array(writeWav(toneSamples(44_100), 44_100)));
  },
  '/endless.wav': (response) => {
    const more = () => {
      while (response.writable && response.write(Buffer.alloc(100_000)));
    };
    response
      .writeHead(200, { 'content-type': 'audio/wav' })
      .on('drain', more)
      .on('error', () => undefined);
    more();
  },
  '/loop.wav': (response) => response.writeHead(302, { location: '/loop.wav' }).end(),
};

const toneSamples = (rate: number) => Int16Array.from(tone({ rate, seconds: 1 }), (sample) => sample * 32_000);

beforeAll(async () => {
  customer = createServer((request, response) => {
    const path = request.url ?? '';
    const etag = request.headers['if-none-match'];
    asked.push({ path, etag });
    const answer = FILES[path];
    if (answer) answer(response, etag);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => customer.listen(0, '127.0.0.1', resolve));
  files = `http://127.0.0.1:${(customer.address() as AddressInfo).port}`;
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const configs = ['-c', 'test/speech/fixtures/wrangler.toml', '-c', 'src/speech/espeak/wrangler.toml'];
  wrangler = spawn('wrangler', ['dev', ...configs, '--port', String(port), '--persist-to', state], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_REGISTRY_PATH: join(state, 'registry') },
    detached: true,
  });
  await until(async () => expect((await fetch(origin)).status).toBe(404));
}, 60_000);

afterAll(async () => {
  const gone = new Promise((resolve) => wrangler.once('exit', resolve));
  if (wrangler.pid !== undefined) process.kill(-wrangler.pid, 'SIGKILL');
  await gone;
  customer.close().closeAllConnections();
  rmSync(state, { recursive: true });
});

async function prepare(prompt: Prompt, rate = 8000) {
  const response = await fetch(origin, { method: 'POST', body: JSON.stringify({ prompt, rate }) });
  return (await response.json()) as { key: string; seconds: number; url: string; ms: number; refusal?: string };
}

async function hear(url: string) {
  const response = await fetch(url);
  const bytes = await response.arrayBuffer();
  const header = new DataView(bytes);
  return {
    status: response.status,
    length: response.headers.get('content-length'),
    bytes: bytes.byteLength,
    tag: String.fromCharCode(...new Uint8Array(bytes, 0, 4)),
    channels: header.getUint16(22, true),
    rate: header.getUint32(24, true),
    samples: new Int16Array(bytes, 44),
  };
}

const DUTCH = 'Goedemiddag, u spreekt met Telefoon. Toets één voor een medewerker.';
const sayDutch = (rate?: number) => prepare({ say: DUTCH, language: 'nl-NL', times: 1 }, rate);

describe('speech of the embedded voice, in workerd, over HTTP', () => {
  it('is a file of 8 kHz that lasts as long as the sentence', async () => {
    const { url, seconds } = await sayDutch();
    const file = await hear(url);
    expect(file).toMatchObject({ status: 200, tag: 'RIFF', channels: 1, rate: 8000 });
    expect(file.length).toBe(String(file.bytes));
    expect(file.bytes).toBe(44 + Math.round(seconds * 16_000));
    expect(seconds).toBeGreaterThan(3);
    expect(seconds).toBeLessThan(8);
    expect(energy(file.samples)).toBeGreaterThan(500);
  });

  it('is the same file the second time, and another one of 16 kHz', async () => {
    const [first, second, wide] = [await sayDutch(), await sayDutch(), await sayDutch(16_000)];
    expect(second.key).toBe(first.key);
    expect(wide.key).not.toBe(first.key);
    expect((await hear(wide.url)).rate).toBe(16_000);
    expect(wide.seconds).toBeCloseTo(first.seconds, 1);
  });

  it('of text that looks like markup is all of its words, and no pause', async () => {
    const words = await prepare({ say: 'Een twee drie.', language: 'nl-NL', times: 1 });
    const text = await prepare({ say: 'Een <break time="10s"/> twee drie.', language: 'nl-NL', times: 1 });
    const mail = await prepare({ say: 'Mail <info@example.nl> binnen', language: 'nl-NL', times: 1 });
    const short = await prepare({ say: 'Mail binnen', language: 'nl-NL', times: 1 });
    expect(text.seconds).toBeGreaterThan(words.seconds + 1);
    expect(text.seconds).toBeLessThan(8);
    expect(mail.seconds).toBeGreaterThan(short.seconds + 1);
  });

  it('in Norwegian is the same by each of its names', async () => {
    const say = 'God morgen, trykk en.';
    const files = ['nb-NO', 'no-NO', 'nn-NO'].map((language) => prepare({ say, language, times: 1 }));
    const [bokmal = 0, ...others] = (await Promise.all(files)).map(({ seconds }) => seconds);
    expect(bokmal).toBeGreaterThan(0.8);
    for (const seconds of others) expect(seconds).toBeCloseTo(bokmal, 1);
  });

  it('has two languages and a pause in one file', async () => {
    const say = 'Welkom.<break time="3s"/><lang xml:lang="fr-BE">Bienvenue.</lang>';
    const { url, seconds } = await prepare({ say, ssml: true, language: 'nl-BE', times: 1 });
    expect(seconds).toBeGreaterThan(3.6);
    const { samples } = await hear(url);
    expect(energy(samples.subarray(1.5 * 8000, 2.5 * 8000))).toBe(0);
  });

  it('has its length in the response to HEAD', async () => {
    const { url, seconds } = await sayDutch();
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(44 + Math.round(seconds * 16_000)));
    expect(head.headers.get('cache-control')).toBe('public, max-age=600');
  });
});

describe("a customer's file", () => {
  it('is fetched, brought to 8 kHz, and asked for by its validator the next time', async () => {
    const play: Prompt = { play: `${files}/tone.wav`, times: 1 };
    const first = await prepare(play);
    expect(first.seconds).toBeCloseTo(1, 2);
    expect((await prepare(play)).key).toBe(first.key);
    expect(asked.map(({ etag }) => etag)).toEqual([undefined, '"tone"']);
    expect(energy((await hear(first.url)).samples)).toBeCloseTo(energy(toneSamples(8000)), -3);
  });

  it.each([
    ['/endless.wav', 'prompt_too_large'],
    ['/loop.wav', 'prompt_too_many_redirects'],
    ['/none.wav', 'prompt_http_status'],
  ])('%s is refused as %s', async (path, refusal) => {
    expect(await prepare({ play: files + path, times: 1 })).toEqual({ ok: false, refusal });
  });

  it('is unreachable on a port where nobody listens', async () => {
    const play = { play: `http://127.0.0.1:${await freePort()}/a.wav`, times: 1 };
    expect(await prepare(play)).toEqual({ ok: false, refusal: 'prompt_unreachable' });
  });
});
