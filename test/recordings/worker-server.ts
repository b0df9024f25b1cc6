import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of an uploader, as far as it came. */
export interface Put {
  file: string;
  authorization: string;
  body: Buffer;
  /** Whether the body is as its headers say. */
  isWhole: boolean;
}

/**
 * A Worker that takes recordings. `answers` says, one request after the other, what it does: a status, or `cut` to hang up
 * in the middle of the body, `silence` for no answer at all; 201 when there is nothing left to say.
 */
export async function workerServer(answers: (number | 'cut' | 'silence')[] = []) {
  const puts: Put[] = [];
  const server = createServer(async (request, response) => {
    const answer = answers.shift() ?? 201;
    if (answer === 'cut') return void request.once('data', () => request.socket.destroy());
    const put = await receive(request).catch(() => undefined);
    if (!put) return;
    puts.push(put);
    if (answer === 'silence') return;
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/v1/gateway`,
    puts,
    files: () => puts.map(({ file }) => file),
    /** A file as it was sent last, its pieces together. */
    file: (name: string) => Buffer.concat(puts.filter(({ file }) => file.startsWith(name)).map(({ body }) => body)),
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

async function receive(request: IncomingMessage): Promise<Put> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { authorization = '', 'content-length': length, 'x-content-sha256': sha256 } = request.headers;
  const isWhole = Number(length) === body.length && createHash('sha256').update(body).digest('hex') === sha256;
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
  const file = `${pathname.replace('/v1/gateway/recordings/', '')} ${searchParams.get('part')}/${searchParams.get('parts')}`;
  return { file: `${request.method === 'PUT' ? '' : request.method}${file}`, authorization, body, isWhole };
}
