import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeWav } from '../../src/lib/wav.ts';
import { prepareMedia } from '../../src/speech/media.ts';
import { freshHost, internet, toneWav } from './support/voices.ts';

let url = '';
beforeEach(() => {
  url = `${freshHost()}/welkom.wav`;
});
afterEach(() => void vi.restoreAllMocks());

const play = (at = url, around: object = {}, account = 'AC1') =>
  prepareMedia({ play: at, account, times: 3 }, { ...env, ...around } as unknown as Env, 8000);
const file = (seconds: number, headers: HeadersInit = {}, status = 200) =>
  new Response(toneWav(seconds), { headers, status });
const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });
const later = (ms: number) => vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
const refusal = (code: string) => ({ ok: false, refusal: code });
const DIFFERENT = { ok: true, value: { key: expect.stringMatching(/^[0-9a-f]{64}$/), seconds: expect.any(Number) } };

describe('a Play', () => {
  it('is fetched, converted for a telephone, and not fetched again while it is fresh', async () => {
    const asked = internet(() => file(1.5, { 'cache-control': 'max-age=60', 'content-type': 'text/plain' }));
    const first = await play();
    expect(first).toEqual(DIFFERENT);
    expect(first).toMatchObject({ value: { seconds: expect.closeTo(1.5) } });
    expect(await play()).toEqual(first);
    expect(asked.map((one) => one.url)).toEqual([url]);
    expect(asked[0]?.headers.get('user-agent')).toBe('Telefoon-Voice/1');
  });

  it('is fetched for each account by itself: knowing a URL is not to have what it gave to somebody else', async () => {
    const asked = internet((_one, count) => (count === 1 ? file(1.5) : new Response('no', { status: 403 })));
    const first = await play(url, {}, 'AC1');
    expect(await play(url, {}, 'AC2')).toEqual(refusal('prompt_http_status'));
    expect(await play(url, {}, 'AC1')).toEqual(first);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.headers.get('if-none-match')).toBeNull();
  });

  it('is requested with its validators once it is stale, and kept when nothing changed', async () => {
    const headers = { etag: '"v1"', 'last-modified': 'Mon, 23 Nov 2026 07:00:00 GMT', 'cache-control': 'max-age=60' };
    const asked = internet((_one, count) =>
      count === 1 ? file(1, headers) : new Response(null, { status: 304, headers: { 'cache-control': 'max-age=60' } }),
    );
    const first = await play();
    later(61_000);
    expect(await play()).toEqual(first);
    expect(asked[1]?.headers.get('if-none-match')).toBe('"v1"');
    expect(asked[1]?.headers.get('if-modified-since')).toBe('Mon, 23 Nov 2026 07:00:00 GMT');
    expect(await play()).toEqual(first);
    expect(asked).toHaveLength(2);
    later(61_000);
    await play();
    expect(asked[2]?.headers.get('if-none-match')).toBe('"v1"');
  });

  it('is another file when it has changed', async () => {
    internet((_one, count) => file(count, { etag: `"v${count}"`, 'cache-control': 'no-cache' }));
    const [first, second] = [await play(), await play()];
    expect(first).toMatchObject({ value: { seconds: expect.closeTo(1) } });
    expect(second).toMatchObject({ value: { seconds: expect.closeTo(2) } });
    expect(first.ok && second.ok && first.value.key !== second.value.key).toBe(true);
  });

  it('is fetched anew, without validators, when its file is gone', async () => {
    const asked = internet(() => file(1, { etag: '"v1"', 'cache-control': 'max-age=60' }));
    const first = await play();
    if (first.ok) await env.MEDIA.delete(first.value.key);
    expect(await play()).toEqual(first);
    expect(asked.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, null]);
  });

  it('is one file although it has two URLs, and leaves neither URL in the bucket', async () => {
    internet(() => file(1.25));
    const other = `${freshHost()}/andere.wav?token=geheim`;
    expect(await play(other)).toEqual(await play());
    const { objects } = await env.MEDIA.list({ include: ['customMetadata'] } as R2ListOptions);
    expect(JSON.stringify(objects)).not.toMatch(/example|geheim|wav/);
  });

  it('may be redirected to', async () => {
    const asked = internet((one) => (one.url === url ? redirect('/elders.wav') : file(1)));
    expect(await play()).toEqual(DIFFERENT);
    expect(asked.map((one) => one.redirect)).toEqual(['manual', 'manual']);
    expect(asked[1]?.url).toBe(new URL('/elders.wav', url).href);
  });
});

describe('a Play is refused', () => {
  it.each<[string, string, () => Response]>([
    ['prompt_http_status', 'that is not there', () => file(1, {}, 404)],
    ['prompt_http_status', 'that comes in part', () => file(1, {}, 206)],
    ['prompt_http_status', 'that is unchanged, though nobody asked', () => new Response(null, { status: 304 })],
    [
      'prompt_not_audio',
      'that is a page',
      () => new Response('<html>'.repeat(500), { headers: { 'content-type': 'audio/wav' } }),
    ],
    ['prompt_not_audio', 'that is empty', () => new Response(null)],
    ['prompt_damaged', 'that is broken', () => new Response(toneWav(1).slice(0, 30))],
    ['prompt_too_long', 'of more than ten minutes', () => new Response(writeWav(new Int16Array(601 * 2000), 2000))],
    ['prompt_too_many_redirects', 'that redirects for ever', () => redirect(url)],
    ['prompt_url_refused', 'that redirects to another scheme', () => redirect('file:///etc/passwd')],
  ])('%s: one %s', async (code, _what, answer) => {
    const asked = internet(answer);
    expect(await play()).toEqual(refusal(code));
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('when it is endless, after 10 MB', async () => {
    let sent = 0;
    let cancelled = false;
    const pull = (it: ReadableStreamDefaultController) => {
      sent += 1_000_000;
      it.enqueue(new Uint8Array(1_000_000));
    };
    const cancel = () => {
      cancelled = true;
    };
    internet(() => new Response(new ReadableStream({ pull, cancel })));
    expect(await play()).toEqual(refusal('prompt_too_large'));
    expect(sent).toBeLessThan(13_000_000);
    expect(cancelled).toBe(true);
  });

  it('when its server says that it is too large, before a byte is read', async () => {
    internet(() => new Response(null, { headers: { 'content-length': '10000001' } }));
    expect(await play()).toEqual(refusal('prompt_too_large'));
  });

  it('when no server answers', async () => {
    internet(() => Promise.reject(new TypeError('no route')));
    expect(await play()).toEqual(refusal('prompt_unreachable'));
  });

  it('when it takes too long', async () => {
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void) => queueMicrotask(run)) as never);
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      (_url, init) => new Promise((_done, fail) => init?.signal?.addEventListener('abort', () => fail(new Error()))),
    );
    expect(await play()).toEqual(refusal('prompt_timeout'));
  });

  it.each([
    'http://radio.example/a.wav',
    'https://127.0.0.1/a.wav',
    'https://intern.local/a.wav',
    'https://u:p@x.example/',
    'nonsense',
    '',
  ])('where a deployment allows only public https: %s', async (at) => {
    const asked = internet(() => file(1));
    expect(await play(at, { WEBHOOK_URLS: 'https' })).toEqual(refusal('prompt_url_refused'));
    expect(asked).toEqual([]);
  });

  it('when it redirects to a URL that the deployment does not allow', async () => {
    const asked = internet(() => redirect('https://169.254.169.254/latest/meta-data'));
    expect(await play(url, { WEBHOOK_URLS: 'https' })).toEqual(refusal('prompt_url_refused'));
    expect(asked).toHaveLength(1);
  });

  it('when the deployment has become stricter, though the file is still here', async () => {
    internet(() => file(1, { 'cache-control': 'max-age=600' }));
    const plain = url.replace('https:', 'http:');
    expect(await play(plain)).toEqual(DIFFERENT);
    expect(await play(plain, { WEBHOOK_URLS: 'https' })).toEqual(refusal('prompt_url_refused'));
  });
});
