import { expect, inject, it } from 'vitest';
import { signMedia } from '../../src/speech/signature.ts';

// As src/cli/start.mjs has it.
const SECRET = 'local-media-secret-of-every-laptop';
const KEY = 'a'.repeat(64);

async function get(secret: string) {
  const expires = Math.floor(Date.now() / 1000) + 600;
  const query = `expires=${expires}&signature=${await signMedia(KEY, expires, secret)}`;
  const response = await fetch(`${inject('url')}/v1/media/${KEY}.wav?${query}`);
  return { status: response.status, body: await response.text() };
}

it('audio is shown by its signature, not by an API key, and a wrong one is told nothing', async () => {
  expect(await get(SECRET)).toEqual({ status: 404, body: '' });
  expect(await get(SECRET.replace('local', 'other'))).toEqual({ status: 403, body: '' });
});
