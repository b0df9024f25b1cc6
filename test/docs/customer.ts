import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { freePort } from '../support/worker.ts';
import type { Block } from './pages.ts';

/** The port of the customer's server on every page. */
export const SHOWN_PORT = '9000';

/** A server that stands whole on a page, as a reader runs it: from a file, on a port. */
export interface SampleServer {
  port: number;
  printed(): string;
  stop(): Promise<unknown>;
}

export async function startServer({ kind: file, text }: Block, folder: string): Promise<SampleServer> {
  const port = await freePort();
  writeFileSync(join(folder, file), text.replaceAll(SHOWN_PORT, String(port)));
  const child = spawn('node', [file], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await until(() => answers(port));
  return { port, printed: () => printed, stop: () => stopped(child) };
}

function stopped(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null) return Promise.resolve();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  return gone;
}

const answers = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(void socket.destroy()));
    socket.once('error', reject);
  });

/** Stands where a page has the customer's server: remembers what is posted, and passes it on to the server that was started. */
export async function startMailbox() {
  const received: unknown[] = [];
  const behind: { port?: number } = {};
  const pass = async (request: IncomingMessage): Promise<{ status: number; type?: string; text?: string }> => {
    const body = await textOf(request);
    if (body !== '') received.push(JSON.parse(body));
    if (behind.port === undefined) return { status: 204 };
    const { method = 'GET', url } = request;
    const headers = { ...(request.headers as Record<string, string>), connection: 'close' };
    const init = { method, headers, ...(body !== '' && { body }) };
    const answer = await fetch(`http://127.0.0.1:${behind.port}${url}`, init);
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
  };
  const listener = createServer(async (request, response) => {
    // A callback may come when its page is over, and the server gone.
    const { status, type, text } = await pass(request).catch(() => ({ status: 502, type: '', text: '' }));
    response.writeHead(status, type ? { 'content-type': type } : {}).end(text);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    received,
    behind,
    close: () => new Promise((resolve) => listener.close(resolve).closeAllConnections()),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
