import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hashKey } from '../../src/accounts/keys.ts';
import { insertSql } from '../../src/cli/database.ts';
import { uploadFile } from '../../src/gateway-agent/put-part.ts';
import type { FilePart } from '../../src/gateway-agent/upload-parts.ts';
import { wavHeader } from '../../src/lib/wav.ts';
import { SAMPLE_RATE } from '../../src/recordings/audio-format.ts';
import { someRecording } from '../recordings/facts.ts';
import { ACCOUNT, KEY } from './database.ts';
import { printTable } from './report.ts';
import { build, type Server, startWorker } from './server.ts';

const HOUR = 3600;
const PIECE_BYTES = 64 * 1024 * 1024;
const GATEWAY = { id: 'gw-bench', token: 'tf_gateway_bench' };

/** What one step took, and the memory of workerd (its bucket and database included) during it, in bytes. */
export interface MemoryFigures {
  what: string;
  bytes: number;
  seconds: number;
  peak: number;
}

export interface RecordingReport {
  /** Resident memory of workerd before anything was sent. */
  before: number;
  steps: MemoryFigures[];
}

/** Brings and reads a stereo recording of a minute, to warm up, of an hour, and of three: memory must not grow with them. */
export async function measureRecording(folder: string): Promise<RecordingReport> {
  const server = await startWorker('recorder', await build('recorder', folder), `${folder}/recorder`);
  try {
    const db = await server.miniflare.getD1Database('DB', 'recorder');
    const gateway = { id: GATEWAY.id, token_hash: await hashKey(GATEWAY.token), region: 'here', capacity: 1 };
    await db.prepare(insertSql('gateways', { ...gateway, created_at: Date.now() })).run();
    const short = await bringAndRead(server, 60, 'a minute');
    const before = memoryOfWorkerd();
    const hour = await bringAndRead(server, HOUR, 'an hour');
    return { before, steps: [...short, ...hour, ...(await bringAndRead(server, 3 * HOUR, 'three hours'))] };
  } finally {
    await server.stop();
  }
}

export function printRecordingReport({ before, steps }: RecordingReport): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  printTable([
    ['a stereo recording', 'MB', 's', 'workerd at most, MB'],
    ...steps.map(({ what, bytes, seconds, peak }) => [what, megabytes(bytes), seconds.toFixed(1), megabytes(peak)]),
  ]);
  console.log(`\nworkerd, with its bucket and database, had ${megabytes(before)} MB before the hour was brought.`);
}

async function bringAndRead({ url }: Server, seconds: number, name: string): Promise<MemoryFigures[]> {
  const { statusCallback: _nobody, ...begin } = someRecording({ accountId: ACCOUNT, channels: 2 });
  const { id } = begin;
  await fetch(`${url}/recorder`, { method: 'POST', body: JSON.stringify({ begin }) });
  const to = { ...GATEWAY, worker: `${url}/v1/gateway` };
  const bring = async (format: 'wav' | 'mp3', pieces: FilePart[]) => {
    await uploadFile(to, { id, format }, pieces, new AbortController().signal);
    return bytesOf(pieces);
  };
  const wav = piecesOf(
    wavHeader({ frames: seconds * SAMPLE_RATE, channels: 2, rate: SAMPLE_RATE }),
    seconds * SAMPLE_RATE * 4,
  );
  const read = () => readAll(`${url}/v1/voice/recordings/${id}.wav`, wav);
  return [
    await watch(`${name}: the WAV is brought`, () => bring('wav', wav)),
    await watch(`${name}: the MP3 is brought`, () => bring('mp3', piecesOf(new Uint8Array(), seconds * 8000))),
    await watch(`${name}: the WAV is read`, read),
  ];
}

/** A file with this header and so many bytes of noise that is always the same, made anew whenever it is read. */
function piecesOf(header: Uint8Array, bytes: number): FilePart[] {
  return Array.from({ length: Math.ceil(bytes / PIECE_BYTES) }, (_, index) => {
    const begin = index === 0 ? header : new Uint8Array();
    const length = Math.min(PIECE_BYTES, bytes - index * PIECE_BYTES);
    return {
      bytes: begin.length + length,
      async *read() {
        if (begin.length > 0) yield begin;
        for (let at = 0; at < length; at += NOISE.length) yield NOISE.subarray(0, Math.min(NOISE.length, length - at));
      },
    };
  });
}

const NOISE = Uint8Array.from({ length: 65_536 }, (_, at) => (at * 2_654_435_761) >>> 24);

const bytesOf = (pieces: FilePart[]): number => pieces.reduce((sum, { bytes }) => sum + bytes, 0);

async function readAll(url: string, sent: FilePart[]): Promise<number> {
  const expected = createHash('sha256');
  for (const piece of sent) for await (const chunk of piece.read()) expected.update(chunk);
  const got = createHash('sha256');
  let bytes = 0;
  const { body } = await fetch(url, { headers: { 'x-api-key': KEY } });
  for await (const chunk of body ?? []) {
    got.update(chunk);
    bytes += chunk.length;
  }
  if (got.digest('hex') !== expected.digest('hex')) throw new Error('what was read is not what was brought');
  return bytes;
}

const LOOK_MS = 50;

async function watch(what: string, run: () => Promise<number>): Promise<MemoryFigures> {
  let peak = memoryOfWorkerd();
  const looking = setInterval(() => (peak = Math.max(peak, memoryOfWorkerd())), LOOK_MS);
  const began = performance.now();
  try {
    const bytes = await run();
    return { what, bytes, seconds: (performance.now() - began) / 1000, peak: Math.max(peak, memoryOfWorkerd()) };
  } finally {
    clearInterval(looking);
  }
}

/** Resident memory of the workerd that this process has started, as Linux counts it. */
function memoryOfWorkerd(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const statuses = children.map((pid) => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const found = statuses.filter((status) => /^Name:\tworkerd/.test(status));
  return found.reduce((sum, status) => sum + Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024, 0);
}
