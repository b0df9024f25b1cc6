import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { mediaUrl, prepareMedia } from '../../src/speech/media.ts';

const ORIGIN = 'https://voice.example';
const around = env as unknown as Env;
const get = (url: string, method = 'GET') => worker.fetch(new Request(url, { method }), around);
afterEach(() => void vi.restoreAllMocks());

async function aFile(pause = 1) {
  const media = await prepareMedia({ pause }, around, 8000);
  if (!media.ok) throw new Error(media.refusal);
  return { key: media.value.key, url: await mediaUrl(media.value, ORIGIN, around, Date.now()) };
}

describe('a media URL', () => {
  it('has a path of at least 40 characters, and the expiry and signature behind it', async () => {
    const { key, url } = await aFile();
    const { pathname, searchParams } = new URL(url);
    expect(pathname).toBe(`/v1/media/${key}.wav`);
    expect(pathname.length).toBeGreaterThanOrEqual(40);
    const seconds = Number(searchParams.get('expires')) - Date.now() / 1000;
    expect(seconds).toBeGreaterThan(595);
    expect(seconds).toBeLessThanOrEqual(900);
  });

  it('serves the file, with its length, which may be cached for ten minutes', async () => {
    const { url } = await aFile(1.5);
    const response = await get(url);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': String(44 + 1.5 * 16_000),
      'cache-control': 'public, max-age=600',
    });
    const bytes = await response.arrayBuffer();
    expect(bytes.byteLength).toBe(44 + 1.5 * 16_000);
    expect(new DataView(bytes).getUint32(24, true)).toBe(8000);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const { url } = await aFile();
    const [head, full] = [await get(url, 'HEAD'), await get(url)];
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect([...head.headers]).toEqual([...full.headers]);
    await full.body?.cancel();
  });

  it('has another ending for 16 kHz, and a type that Asterisk does not take for 8 kHz', async () => {
    const media = await prepareMedia({ pause: 1 }, around, 16_000);
    if (!media.ok) throw new Error(media.refusal);
    const url = await mediaUrl({ ...media.value, rate: 16_000 }, ORIGIN, around, Date.now());
    expect(new URL(url).pathname).toBe(`/v1/media/${media.value.key}.wav16`);
    const response = await get(url);
    expect(response.headers.get('content-type')).toBe('audio/x-wav16');
    expect(new DataView(await response.arrayBuffer()).getUint32(24, true)).toBe(16_000);
  });

  it('is valid for ten minutes, and not for longer than fifteen', async () => {
    const { url } = await aFile();
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now + 599_000);
    expect((await get(url, 'HEAD')).status).toBe(200);
    clock.mockReturnValue(now + 901_000);
    expect((await get(url)).status).toBe(403);
  });

  it('is the same for some minutes, so that a gateway finds the file in its cache', async () => {
    const begin = Math.ceil(Date.now() / 300_000) * 300_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(begin);
    const { url } = await aFile();
    clock.mockReturnValue(begin + 299_000);
    expect((await aFile()).url).toBe(url);
    clock.mockReturnValue(begin + 300_000);
    expect((await aFile()).url).not.toBe(url);
  });

  it('answers 404 for a file that is gone', async () => {
    const { key, url } = await aFile(3.3);
    await env.MEDIA.delete(key);
    expect([(await get(url)).status, (await get(url, 'HEAD')).status]).toEqual([404, 404]);
  });
});

describe('without a valid signature a media URL is only a 403 without a body', () => {
  const changed: Record<string, (url: string) => string> = {
    'a signature of another file': (url) => url.replace(/media\/\w{4}/, 'media/0000'),
    'a later expiry': (url) => url.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`),
    'an expiry that is no number': (url) => url.replace(/expires=/, 'expires=+'),
    'a changed signature': (url) => url.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    'a shortened signature': (url) => url.slice(0, -2),
    'a signature in capitals': (url) =>
      url.replace(/signature=\w+/, (it) => it.toUpperCase().replace('SIGNATURE', 'signature')),
    'no signature': (url) => url.replace(/&.*/, ''),
    'no query': (url) => url.replace(/\?.*/, ''),
    'another name': (url) => url.replace('.wav', '.mp3'),
    'a note on a prompt': (url) => url.replace(/media\/\w{64}.wav/, 'media/prompt%2F0'),
  };

  it.each(Object.keys(changed))('%s', async (name) => {
    const { url } = await aFile();
    const wrong = changed[name]?.(url) ?? '';
    expect(wrong).not.toBe(url);
    for (const method of ['GET', 'HEAD']) {
      const response = await get(wrong, method);
      expect([response.status, await response.text()]).toEqual([403, '']);
    }
  });

  it('in a deployment without a secret, which signs nothing', async () => {
    const { key, url } = await aFile();
    for (const MEDIA_SECRET of ['', 'short', undefined]) {
      const without = { ...env, MEDIA_SECRET } as unknown as Env;
      expect((await worker.fetch(new Request(url), without)).status).toBe(403);
      await expect(mediaUrl({ key }, ORIGIN, without, Date.now())).rejects.toThrow('MEDIA_SECRET');
    }
  });
});

it('the media route is no part of the API: it is not in the description, and has only GET and HEAD', async () => {
  const { url } = await aFile();
  expect((await get(url, 'POST')).status).toBe(405);
  const key = { headers: { 'x-api-key': 'tf_test_local' } };
  const document = await worker.fetch(new Request(`${ORIGIN}/v1/voice/openapi.json`, key), around);
  expect(await document.text()).not.toContain('media');
});
