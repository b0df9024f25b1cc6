import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GatewayError } from './errors.ts';
import { type FilePart, sha256Of } from './upload-parts.ts';

/** Where a gateway uploads recordings, and as whom. */
export interface UploadTarget {
  /** The URL of the gateway's socket, `wss://…/v1/gateway`: the uploads go to paths below. */
  worker: string;
  id: string;
  token: string;
  /** A file with the certificates to trust instead of the public ones. */
  workerCa?: string;
}

/** How long a connection may be silent. */
const IDLE_TIMEOUT_MS = 60_000;

/** Sends the parts of a file one after the other, and resolves to whether the Worker wants the file at all. */
export async function uploadFile(
  to: UploadTarget,
  file: { id: string; format: 'wav' | 'mp3' },
  parts: FilePart[],
  signal: AbortSignal,
): Promise<'accepted' | 'unwanted'> {
  for (const [index, part] of parts.entries()) {
    const url = new URL(to.worker.replace(/^ws/, 'http'));
    url.pathname += `/recordings/${file.id}/${file.format}`;
    url.search = `?part=${index + 1}&parts=${parts.length}`;
    const status = await putPart(url, to, part, signal);
    if (status === 410) return 'unwanted';
    if (status !== 200 && status !== 201) throw new GatewayError(`the Worker answered ${status}`);
  }
  return 'accepted';
}

async function putPart(url: URL, to: UploadTarget, part: FilePart, signal: AbortSignal): Promise<number> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${to.id}:${to.token}`).toString('base64')}`,
    'content-type': 'application/octet-stream',
    'content-length': part.bytes,
    'x-content-sha256': await sha256Of(part),
  };
  const ca = to.workerCa === undefined ? {} : { ca: readFileSync(to.workerCa) };
  const options = { method: 'PUT', headers, signal, timeout: IDLE_TIMEOUT_MS, agent: false, ...ca } as const;
  const request = url.protocol === 'https:' ? requestHttps(url.href, options) : requestHttp(url.href, options);
  request.on('timeout', () => request.destroy(new Error('the Worker was silent')));
  const answered = new Promise<number>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  // A Worker that does not want the body may answer before it has all of it, and hang up.
  const sent = pipeline(Readable.from(part.read()), request).then(() => answered);
  try {
    return await Promise.race([answered, sent]);
  } finally {
    request.destroy();
  }
}
