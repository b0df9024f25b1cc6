import { route } from '../../accounts/api/route.ts';
import type { ApiRoute } from '../../http/route.ts';
import { parseRange, type Range } from '../range.ts';
import { type AudioFormat, bytesOf, type StoredPart } from '../recording.ts';
import { readAudio } from '../store/audio-store.ts';
import { recordingErrors } from './errors.ts';
import { granted, RecordingPath, recordingStub } from './lookup.ts';

const CONTENT_TYPES: Record<AudioFormat, string> = { wav: 'audio/wav', mp3: 'audio/mpeg' };

export const getRecordingWav = audioRoute('wav', 'getRecordingWav');
export const getRecordingMp3 = audioRoute('mp3', 'getRecordingMp3');

function audioRoute(format: AudioFormat, operationId: string): ApiRoute {
  return route({
    method: 'GET',
    path: `/v1/voice/recordings/:recording_id.${format}`,
    operationId,
    summary: `The audio of a recording as ${format.toUpperCase()}; takes Range`,
    tag: 'Recordings',
    params: RecordingPath,
    replies: { 200: undefined, 206: undefined, 304: undefined },
    errors: ['recording_not_found', 'recording_not_ready', 'recording_gone', 'range_not_satisfiable'],
    async handle({ params: { recording_id: id }, caller, headers, env }) {
      const parts = granted(await recordingStub(id, env).audio(caller, format));
      const size = bytesOf(parts);
      const facts = factsOf(id, format, parts);
      if (isKnown(headers.get('if-none-match'), facts.etag)) return new Response(null, { status: 304, headers: facts });
      const range = isCurrent(headers.get('if-range'), facts.etag) ? parseRange(headers.get('range'), size) : undefined;
      if (range === 'unsatisfiable') {
        throw recordingErrors.range_not_satisfiable([], { 'content-range': `bytes */${size}` });
      }
      const body = await readAudio(env.RECORDINGS, { id, format }, parts, range ?? { offset: 0, length: size });
      // It was deleted while we asked for it.
      if (!body) throw recordingErrors.recording_gone();
      return new Response(body, { status: range ? 206 : 200, headers: { ...facts, ...lengthOf(range, size) } });
    },
  });
}

const factsOf = (id: string, format: AudioFormat, parts: StoredPart[]) => ({
  'content-type': CONTENT_TYPES[format],
  'content-disposition': `attachment; filename="${id}.${format}"`,
  'accept-ranges': 'bytes',
  etag: `"${parts.map(({ sha256 }) => sha256.slice(0, 32)).join('-')}"`,
  // What people said is kept by nobody on the way.
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
});

const lengthOf = (range: Range | undefined, size: number): Record<string, string> =>
  range
    ? {
        'content-length': String(range.length),
        'content-range': `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`,
      }
    : { 'content-length': String(size) };

const isKnown = (header: string | null, etag: string): boolean =>
  (header ?? '').split(',').some((known) => known.trim().replace(/^W\//, '') === etag || known.trim() === '*');

/** A range of another file than the one that the client knows would not fit to what it has (RFC 9110, 13.1.5). */
const isCurrent = (header: string | null, etag: string): boolean => header === null || header === etag;
