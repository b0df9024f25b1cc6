import { afterEach, describe, expect, it } from 'vitest';
import { type Answering, answerJson } from '../support/hook-server.ts';
import { until } from '../support/until.ts';
import { worldOf } from '../support/world.ts';

const { api, hookServer } = worldOf(import.meta.url);
let hook: Awaited<ReturnType<typeof hookServer>>;
afterEach(() => hook?.close());

/**
 * A customer's server whose connections are closed under its feet: of each request, the first connection is cut before a byte
 * of an answer, and with it all others that were kept open.
 */
async function cuttingServer(answers: Record<string, Answering>) {
  const open = new Set<{ destroy(): unknown }>();
  const seen = new Map<string, number>();
  const cutting =
    (answer: Answering): Answering =>
    (response, posted) => {
      const { socket } = response;
      const tries = (seen.get(posted.id) ?? 0) + 1;
      seen.set(posted.id, tries);
      if (tries > 1) {
        if (socket) response.once('finish', () => open.add(socket));
        return answer(response, posted);
      }
      socket?.destroy();
      for (const kept of open) kept.destroy();
      open.clear();
    };
  hook = await hookServer(Object.fromEntries(Object.entries(answers).map(([path, answer]) => [path, cutting(answer)])));
  return { ...hook, tries: seen };
}

const accept: Answering = (response) => response.writeHead(204).end();

describe('a customer whose server closes connections that were kept open', () => {
  it('is asked once more for each document, and hears each callback, under the same id', async () => {
    const { url, tries } = await cuttingServer({
      '/flow': answerJson([{ verb: 'gather', numDigits: 1, action: '/next', prompts: [{ verb: 'say', text: 'Ja?' }] }]),
      '/next': answerJson([{ verb: 'say', text: 'Dank u' }]),
      '/status': accept,
    });
    const id = await api.place({
      url: `${url}/flow`,
      status_callback: `${url}/status`,
      simulate: { digits: [{ after: 1, digits: '1', after_prompt: true }] },
    });
    expect(await api.ended(id)).toMatchObject({ status: 'completed', end_reason: 'flow-ended' });
    await api.untilEvent(id, 'callback.delivered', 3);
    const types = (await api.events(id)).map(({ type }) => type);
    expect(types).not.toContain('flow.failed');
    expect(types).not.toContain('callback.failed');
    expect(Object.fromEntries(tries)).toEqual({
      [`${id}-f1`]: 2,
      [`${id}-f2`]: 2,
      [`${id}-1`]: 2,
      [`${id}-2`]: 2,
      [`${id}-3`]: 2,
    });
  });

  it('is asked once more for the document of who waits for a conference', async () => {
    const { url, tries } = await cuttingServer({ '/wait': answerJson([{ verb: 'say', text: 'Een ogenblik' }]) });
    const id = await api.place({
      flow: [{ verb: 'conference', name: `kept-${crypto.randomUUID()}`, waitUrl: `${url}/wait` }],
      simulate: { speed: 20 },
    });
    await until(() => expect(tries.get(`${id}-f1`)).toBe(2));
    await api.untilEvent(id, 'flow.requested');
    expect((await api.events(id)).map(({ type }) => type)).not.toContain('flow.failed');
    await api.delete(`/calls/${id}`);
  });
});
