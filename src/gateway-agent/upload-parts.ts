import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { createMp3Encoder } from 'wasm-media-encoders/esnext';
import { HEADER_BYTES, wavHeader } from '../lib/wav.ts';
import { KILOBITS, SAMPLE_RATE, toFloats } from '../recordings/audio-format.ts';
import { framesOf, pcmOf, type Recorded } from './recording-files.ts';

/** A part of a file that is sent as one body: it can be read as often as it must. */
export interface FilePart {
  bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** The recording as one WAV file, in pieces of about `limit` bytes. Nothing of it is kept anywhere. */
export function wavPieces(recorded: Recorded, limit: number): FilePart[] {
  const { frames, channels } = recorded;
  const step = Math.max(1, Math.floor((limit - HEADER_BYTES) / (channels * 2)));
  return Array.from({ length: Math.max(1, Math.ceil(frames / step)) }, (_, index) => {
    const from = index * step;
    const to = Math.min(frames, from + step);
    const header = index === 0 ? wavHeader({ frames, channels, rate: SAMPLE_RATE }) : new Uint8Array();
    return {
      bytes: header.length + (to - from) * channels * 2,
      async *read() {
        if (header.length > 0) yield header;
        yield* pcmOf(recorded, from, to);
      },
    };
  });
}

/** A file in pieces of at most `limit` bytes. */
export async function filePieces(path: string, limit: number): Promise<FilePart[]> {
  const { size } = await stat(path);
  return Array.from({ length: Math.ceil(size / limit) }, (_, index) => {
    const start = index * limit;
    const bytes = Math.min(limit, size - start);
    return { bytes, read: () => createReadStream(path, { start, end: start + bytes - 1 }) };
  });
}

export async function digestOf(piece: FilePart): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of piece.read()) hash.update(chunk);
  return hash.digest('hex');
}

async function* encoded(recorded: Recorded): AsyncGenerator<Uint8Array> {
  const encoder = await createMp3Encoder();
  encoder.configure({ channels: recorded.channels, sampleRate: SAMPLE_RATE, bitrate: KILOBITS[recorded.channels] });
  for await (const channels of framesOf(recorded, 0, recorded.frames)) {
    // The encoder uses its memory again for the next.
    yield Uint8Array.from(encoder.encode(channels.map(toFloats)));
  }
  yield Uint8Array.from(encoder.finalize());
}

/** Writes the recording as an MP3 file, under its name only when it is whole. */
export async function writeMp3(recorded: Recorded, path: string): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    for await (const chunk of encoded(recorded)) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

/** The same where no file can be written: it is encoded anew whenever it is read. */
export async function encodedPieces(recorded: Recorded, limit: number): Promise<FilePart[]> {
  let size = 0;
  for await (const chunk of encoded(recorded)) size += chunk.length;
  return Array.from({ length: Math.ceil(size / limit) }, (_, index) => {
    const start = index * limit;
    const bytes = Math.min(limit, size - start);
    return { bytes, read: () => within(encoded(recorded), start, start + bytes) };
  });
}

async function* within(chunks: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.length > 0) yield part;
    at += chunk.length;
    if (at >= end) return;
  }
}
