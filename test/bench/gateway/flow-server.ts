import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toneWav } from '../../gateway/audio.ts';
import { withTimeout } from './deadline.ts';

/** The customer's server. Both placers of calls ask it what to do when the phone picks up, and when a key was pressed. */
export interface FlowServer {
  url: string;
  /** Resolves to the moment at which the next request for `path` comes. */
  next(path: string): Promise<number>;
  close(): void;
}

const PROMPT = toneWav(880, 1);

export async function startFlowServer(): Promise<FlowServer> {
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer((request, response) => {
    const at = performance.now();
    const path = request.url ?? '';
    waiting.get(path)?.(at);
    waiting.delete(path);
    request.resume();
    const answer = answers[path];
    if (path === '/prompt.wav') {
      // The prompt is cached on both sides: a download is not to be measured.
      response.writeHead(200, { 'content-type': 'audio/wav', 'cache-control': 'max-age=86400' }).end(PROMPT);
    } else if (answer) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(url)));
    else response.writeHead(204).end();
  });
  // Connections stay open: otherwise a new one would be measured as well after a pause.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    next(path) {
      const asked = new Promise<number>((resolve) => waiting.set(path, resolve));
      return withTimeout(`the request for ${path}`, asked);
    },
    close() {
      server.close().closeAllConnections();
    },
  };
}

const answers: Record<string, (url: string) => unknown> = {
  '/flow': (url) => [{ verb: 'gather', numDigits: 1, timeout: 60, action: `${url}/pressed` }],
  '/pressed': (url) => [
    { verb: 'play', url: `${url}/prompt.wav` },
    { verb: 'pause', length: 60 },
  ],
};
