import { expect, it } from 'vitest';
import { readJsonBody } from '../../src/http/body.ts';

it('a body that breaks off is a 400 that says so, whatever arrived before', async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"to":')),
    pull: (controller) => controller.error(new TypeError('malformed chunk')),
  });
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } };
  const reading = readJsonBody(new Request('https://x.example/', init as RequestInit));
  await expect(reading).rejects.toMatchObject({ status: 400, code: 'body_broken' });
});
