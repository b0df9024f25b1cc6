import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GatewayError } from './errors.ts';
import { digestOf, type FilePart } from './upload-parts.ts';

/** Where recordings go, and as whom. */
export interface Recipient {
  /** As the gateway's: `wss://…/v1/gateway`. */
  worker: string;
  id: string;
  token: string;
  /** A file with the certificates to trust instead of the public ones. */
  workerCa?: string;
}

/** So long may a connection be silent. */
const IDLE_MS = 60_000;

/** Sends the pieces of a file one after the other, and resolves to whether the Worker wants it at all. */
export async function sendFile(
  to: Recipient,
  file: { id: string; format: 'wav' | 'mp3' },
  pieces: FilePart[],
  signal: AbortSignal,
): Promise<'accepted' | 'unwanted'> {
  for (const [index, piece] of pieces.entries()) {
    const url = new URL(to.worker.replace(/^ws/, 'http'));
    url.pathname += `/recordings/${file.id}/${file.format}`;
    url.search = `?part=${index + 1}&parts=${pieces.length}`;
    const status = await put(url, to, piece, signal);
    if (status === 410) return 'unwanted';
    if (status !== 200 && status !== 201) throw new GatewayError(`the Worker answered ${status}`);
  }
  return 'accepted';
}

async function put(url: URL, to: Recipient, piece: FilePart, signal: AbortSignal): Promise<number> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${to.id}:${to.token}`).toString('base64')}`,
    'content-type': 'application/octet-stream',
    'content-length': piece.bytes,
    'x-content-sha256': await digestOf(piece),
  };
  const ca = to.workerCa === undefined ? {} : { ca: readFileSync(to.workerCa) };
  const options = { method: 'PUT', headers, signal, timeout: IDLE_MS, agent: false, ...ca } as const;
  const request = url.protocol === 'https:' ? requestHttps(url.href, options) : requestHttp(url.href, options);
  request.on('timeout', () => request.destroy(new Error('the Worker was silent')));
  const answered = new Promise<number>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  // Who does not want a body may answer before it has all of it, and hang up.
  const sent = pipeline(Readable.from(piece.read()), request).then(() => answered);
  try {
    return await Promise.race([answered, sent]);
  } finally {
    request.destroy();
  }
}
