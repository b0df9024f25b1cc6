import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { unstable_startWorker } from 'wrangler';
import { writeWav } from '../../../src/lib/wav.ts';
import { toTelephone } from '../../../src/speech/audio/telephone.ts';
import { minimp3 } from '../support/minimp3.ts';

it('decodes MP3 in workerd, which compiles no WebAssembly of its own, to the same bytes as here', async () => {
  const worker = await unstable_startWorker({
    config: 'test/speech/audio/fixtures/wrangler.toml',
    dev: {
      logLevel: 'error',
      watch: false,
      inspector: false,
      persist: false,
      server: { hostname: '127.0.0.1', port: 0 },
    },
  });
  try {
    const bytes = readFileSync('test/speech/audio/fixtures/tone-24000.mp3');
    const response = await fetch(await worker.url, { method: 'POST', body: bytes });
    const here = await toTelephone(new Uint8Array(bytes), { rate: 8000, minimp3 }, async () => {});
    expect(response.status).toBe(200);
    expect(here.ok && new Uint8Array(writeWav(here.samples, here.rate))).toEqual(
      new Uint8Array(await response.arrayBuffer()),
    );
    expect((await fetch(await worker.url, { method: 'POST', body: 'no audio' })).status).toBe(422);
  } finally {
    await worker.dispose();
  }
}, 60_000);
