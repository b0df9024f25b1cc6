import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, reasonOf } from './errors.ts';
import type { Log } from './install.ts';
import { type UploadTarget, uploadFile } from './put-part.ts';
import {
  type ClosedRecording,
  closedRecording,
  deleteRecordingFiles,
  findRecordings,
  type RecordingFiles,
  type RecordingWriter,
} from './recording-files.ts';
import { trimSilence } from './trim.ts';
import { encodedMp3Parts, type FilePart, fileParts, wavParts, writeMp3 } from './upload-parts.ts';

export interface UploaderOptions extends UploadTarget {
  /** The folder in which Asterisk records; for the names of the files see `recordingName` in carriers/asterisk/channel-names.ts. */
  folder: string;
  /** The Asterisk that records there. */
  writer: RecordingWriter;
  log?: Log;
  pollMs?: number;
  /** The first wait after a failure; each is twice the one before, up to five minutes. */
  retryMs?: number;
  /** How much one request carries at most; Cloudflare takes 100 MB on its cheaper plans. */
  partBytes?: number;
}

export interface Uploader {
  /** Breaks off what is under way; the next uploader begins it anew. */
  stop(): Promise<void>;
}

const CONCURRENT_UPLOADS = 2;
const LONGEST_RETRY_MS = 300_000;
const PART_BYTES = 64 * 1024 * 1024;

/** What is known of a recording that could not be uploaded yet. */
interface UploadState {
  attempts: number;
  /** When to try again, epoch milliseconds. */
  notBefore: number;
  /** The Worker has its WAV file. */
  hasWav: boolean;
}

/** Uploads recordings to the Worker when they are complete, again and again until it has them, and then deletes them. */
export function startUploader(options: UploaderOptions): Uploader {
  const stopping = new AbortController();
  const { pollMs = 1000, folder, writer, log = () => {} } = options;
  const states = new Map<string, UploadState>();
  const running = new Map<string, Promise<void>>();
  let lastProblem = '';

  const start = (id: string, files: RecordingFiles, state: UploadState, recording: ClosedRecording): void => {
    const work = uploadRecording(recording, state, options, stopping.signal)
      .then((made) => deleteRecordingFiles(files, made))
      .catch((error) => {
        if (!stopping.signal.aborted) states.set(id, afterFailure(id, state, error, options));
      })
      .finally(() => running.delete(id));
    running.set(id, work);
  };

  const scan = async (): Promise<void> => {
    const found = await findRecordings(folder);
    for (const id of states.keys()) if (!found.has(id)) states.delete(id);
    for (const [id, files] of found) {
      if (running.size >= CONCURRENT_UPLOADS || stopping.signal.aborted) return;
      const state = states.get(id) ?? { attempts: 0, notBefore: 0, hasWav: false };
      if (running.has(id) || state.notBefore > Date.now()) continue;
      const recording = await closedRecording(id, files, writer).catch((error) => {
        states.set(id, afterFailure(id, state, error, options));
      });
      if (recording) start(id, files, state, recording);
    }
  };

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const problem = await scan().then(() => '', problemOf);
      if (problem !== lastProblem && problem !== '') log(`The folder of recordings: ${problem}.`);
      lastProblem = problem;
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

/** Resolves to the files that were made on the way, once the Worker has the recording, or does not want it. */
async function uploadRecording(
  found: ClosedRecording,
  state: UploadState,
  options: UploaderOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { folder, partBytes = PART_BYTES } = options;
  const { id } = found;
  const recording = found.trim ? await trimSilence(found) : found;
  const mp3 = join(folder, `${id}.mp3`);
  const made = [mp3, `${mp3}.part`];
  if (!state.hasWav) {
    const sent = await uploadFile(options, { id, format: 'wav' }, wavParts(recording, partBytes), signal);
    if (sent === 'unwanted') return made;
    state.hasWav = true;
  }
  await uploadFile(options, { id, format: 'mp3' }, await mp3Parts(recording, mp3, partBytes), signal);
  return made;
}

/** Encodes without a file where the disk is full: only a recording that is uploaded makes room again. */
async function mp3Parts(recording: ClosedRecording, path: string, limit: number): Promise<FilePart[]> {
  try {
    await writeMp3(recording, path);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await rm(`${path}.part`, { force: true });
    return encodedMp3Parts(recording, limit);
  }
  return fileParts(path, limit);
}

const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

function afterFailure(
  id: string,
  state: UploadState,
  error: unknown,
  { log = () => {}, retryMs = 1000 }: UploaderOptions,
): UploadState {
  const wait = Math.min(retryMs * 2 ** Math.min(state.attempts, 20), LONGEST_RETRY_MS) * (0.8 + 0.4 * Math.random());
  log(`Recording ${id}: ${problemOf(error)}. Trying again in ${Math.ceil(wait / 1000)} s.`);
  return { ...state, attempts: state.attempts + 1, notBefore: Date.now() + wait };
}

/** The error as a log line may show it: without a path, and without anything of what is in a file. */
function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC') return 'the disk is full';
  return error instanceof GatewayError ? reasonOf(error) : code || 'something unexpected happened';
}
