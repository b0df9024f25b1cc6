import { defined } from '../../lib/defined.ts';
import type { PartNumber } from '../machine.ts';
import { type Range, slicesOf } from '../range.ts';
import type { AudioFormat, StoredPart } from '../recording.ts';

/** The bucket of recordings. The names in it are ids, which tell nothing. */

export interface AudioFile {
  id: string;
  format: AudioFormat;
}

const keyOf = ({ id, format }: AudioFile, { n, of }: PartNumber): string => `${id}/${format}-${n}-of-${of}`;

/** Streams a piece into the bucket, which keeps it only when it has this checksum and as many bytes as were announced. */
export async function storePart(
  bucket: R2Bucket,
  file: AudioFile,
  piece: PartNumber,
  body: ReadableStream,
  part: StoredPart,
) {
  const whole = new FixedLengthStream(part.bytes);
  // A bucket that fails before it reads would let the pipe wait for ever.
  const stop = new AbortController();
  const kept = bucket.put(keyOf(file, piece), whole.readable, { sha256: part.sha256 });
  const piped = body.pipeTo(whole.writable, { signal: stop.signal }).catch(() => {});
  try {
    await kept;
  } finally {
    stop.abort();
    await piped;
  }
}

/** The first bytes of a part that is in the bucket; none where it is not. */
export async function readHead(
  bucket: R2Bucket,
  file: AudioFile,
  piece: PartNumber,
  bytes: number,
): Promise<Uint8Array> {
  const part = await bucket.get(keyOf(file, piece), { range: { offset: 0, length: bytes } });
  return new Uint8Array(part ? await part.arrayBuffer() : []);
}

/** Deletes a piece that came too late. */
export const deletePart = (bucket: R2Bucket, file: AudioFile, piece: PartNumber): Promise<void> =>
  bucket.delete(keyOf(file, piece));

/** Deletes all that there is of a recording, also what its object never heard of. */
export async function eraseAudio(bucket: R2Bucket, id: string): Promise<void> {
  for (let cursor: string | undefined; ; ) {
    const listed = await bucket.list({ prefix: `${id}/`, ...defined({ cursor }) });
    if (listed.objects.length > 0) await bucket.delete(listed.objects.map(({ key }) => key));
    if (!listed.truncated) return;
    cursor = listed.cursor;
  }
}

/** A stretch of a file as a stream; undefined when its first bytes are not in the bucket. */
export async function readAudio(
  bucket: R2Bucket,
  file: AudioFile,
  parts: StoredPart[],
  range: Range,
): Promise<ReadableStream | undefined> {
  const [first, ...more] = slicesOf(parts, range);
  const get = ({ n, ...within }: { n: number } & Range) =>
    bucket.get(keyOf(file, { n, of: parts.length }), { range: within });
  const begin = first && (await get(first));
  if (!begin || !('body' in begin)) return undefined;
  if (more.length === 0) return begin.body;
  const whole = new FixedLengthStream(range.length);
  void pour(begin.body, more, get, whole.writable).catch((error) => whole.writable.abort(error).catch(() => {}));
  return whole.readable;
}

async function pour<Slice>(
  begin: ReadableStream,
  more: Slice[],
  get: (slice: Slice) => Promise<R2ObjectBody | null>,
  into: WritableStream,
): Promise<void> {
  await begin.pipeTo(into, { preventClose: true });
  for (const slice of more) {
    const next = await get(slice);
    if (!next) throw new Error('a piece of a recording is not in the bucket');
    await next.body.pipeTo(into, { preventClose: true });
  }
  await into.close();
}
