import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, reasonOf } from './errors.ts';
import type { Log } from './install.ts';
import { type Recipient, sendFile } from './put-part.ts';
import {
  closedRecording,
  deleteRecording,
  type Files,
  findRecordings,
  type Recorded,
  type Writer,
} from './recording-files.ts';
import { trimmed } from './trim.ts';
import { encodedPieces, type FilePart, filePieces, wavPieces, writeMp3 } from './upload-parts.ts';

export interface UploaderOptions extends Recipient {
  /** Where Asterisk puts recordings: `<RE>.wav`, or `<RE>.in.wav` and `<RE>.out.wav`; `<RE>.trim.wav` … to be trimmed. */
  folder: string;
  /** The Asterisk that puts them there. */
  writer: Writer;
  log?: Log;
  pollMs?: number;
  /** The first wait after a failure; each is twice the one before, up to five minutes. */
  retryMs?: number;
  /** What one request carries at most; Cloudflare takes 100 MB on its cheaper plans. */
  pieceBytes?: number;
}

export interface Uploader {
  /** Ends what is under way; the next uploader begins it anew. */
  stop(): Promise<void>;
}

const AT_ONCE = 2;
const LONGEST_RETRY_MS = 300_000;
const PIECE_BYTES = 64 * 1024 * 1024;

/** What is known of a recording that could not be brought yet. */
interface Job {
  attempts: number;
  notBefore: number;
  /** The Worker has its WAV file. */
  hasWav: boolean;
}

/** Brings recordings to the Worker as they are completed, again and again until it has them, and deletes them then. */
export function startUploader(options: UploaderOptions): Uploader {
  const stopping = new AbortController();
  const { pollMs = 1000, folder, writer, log = () => {} } = options;
  const jobs = new Map<string, Job>();
  const running = new Map<string, Promise<void>>();
  let complaint = '';

  const start = (id: string, files: Files, job: Job, recorded: Recorded): void => {
    const work = bring(recorded, job, options, stopping.signal)
      .then((made) => deleteRecording(files, made))
      .catch((error) => {
        if (!stopping.signal.aborted) jobs.set(id, failedOnce(id, job, error, options));
      })
      .finally(() => running.delete(id));
    running.set(id, work);
  };

  const look = async (): Promise<void> => {
    const found = await findRecordings(folder);
    for (const id of jobs.keys()) if (!found.has(id)) jobs.delete(id);
    for (const [id, files] of found) {
      if (running.size >= AT_ONCE || stopping.signal.aborted) return;
      const job = jobs.get(id) ?? { attempts: 0, notBefore: 0, hasWav: false };
      if (running.has(id) || job.notBefore > Date.now()) continue;
      const recorded = await closedRecording(id, files, writer).catch((error) => {
        jobs.set(id, failedOnce(id, job, error, options));
      });
      if (recorded) start(id, files, job, recorded);
    }
  };

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const wrong = await look().then(() => '', reasonFor);
      if (wrong !== complaint && wrong !== '') log(`The folder of recordings: ${wrong}.`);
      complaint = wrong;
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    await Promise.all(running.values());
  };

  const watching = watch();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await watching;
  };
  return { stop };
}

/** Resolves to the files that were made on the way, once the Worker has all, or wants none. */
async function bring(found: Recorded, job: Job, options: UploaderOptions, signal: AbortSignal): Promise<string[]> {
  const { folder, pieceBytes = PIECE_BYTES } = options;
  const { id } = found;
  const recorded = found.trim ? await trimmed(found) : found;
  const mp3 = join(folder, `${id}.mp3`);
  const made = [mp3, `${mp3}.part`];
  if (!job.hasWav) {
    const sent = await sendFile(options, { id, format: 'wav' }, wavPieces(recorded, pieceBytes), signal);
    if (sent === 'unwanted') return made;
    job.hasWav = true;
  }
  await sendFile(options, { id, format: 'mp3' }, await mp3Pieces(recorded, mp3, pieceBytes), signal);
  return made;
}

/** On a full disk nothing can be written, and only what is brought makes room. */
async function mp3Pieces(recorded: Recorded, path: string, limit: number): Promise<FilePart[]> {
  try {
    await writeMp3(recorded, path);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await rm(`${path}.part`, { force: true });
    return encodedPieces(recorded, limit);
  }
  return filePieces(path, limit);
}

const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

function failedOnce(id: string, job: Job, error: unknown, { log = () => {}, retryMs = 1000 }: UploaderOptions): Job {
  const wait = Math.min(retryMs * 2 ** Math.min(job.attempts, 20), LONGEST_RETRY_MS) * (0.8 + 0.4 * Math.random());
  log(`Recording ${id}: ${reasonFor(error)}. Trying again in ${Math.ceil(wait / 1000)} s.`);
  return { ...job, attempts: job.attempts + 1, notBefore: Date.now() + wait };
}

/** In a log line there is nothing but the id: no path, and nothing of what is in a file. */
function reasonFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC') return 'the disk is full';
  return error instanceof GatewayError ? reasonOf(error) : code || 'something unexpected happened';
}
