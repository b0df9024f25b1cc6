import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { createMp3Encoder } from 'wasm-media-encoders/esnext';
import { HEADER_BYTES, wavHeader } from '../lib/wav.ts';
import { KILOBITS, SAMPLE_RATE, toFloats } from '../recordings/audio-format.ts';
import { type ClosedRecording, readFrames, readPcm } from './recording-files.ts';

/** A part of a file that is sent as one body. It can be read again, for the digest and for every attempt. */
export interface FilePart {
  bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** The recording as one WAV file, in parts of about `limit` bytes, which are made while they are read. */
export function wavParts(recording: ClosedRecording, limit: number): FilePart[] {
  const { frames, channels } = recording;
  const step = Math.max(1, Math.floor((limit - HEADER_BYTES) / (channels * 2)));
  return Array.from({ length: Math.max(1, Math.ceil(frames / step)) }, (_, index) => {
    const from = index * step;
    const to = Math.min(frames, from + step);
    const header = index === 0 ? wavHeader({ frames, channels, rate: SAMPLE_RATE }) : new Uint8Array();
    return {
      bytes: header.length + (to - from) * channels * 2,
      async *read() {
        if (header.length > 0) yield header;
        yield* readPcm(recording, from, to);
      },
    };
  });
}

/** A file in parts of at most `limit` bytes. */
export async function fileParts(path: string, limit: number): Promise<FilePart[]> {
  const { size } = await stat(path);
  return Array.from({ length: Math.ceil(size / limit) }, (_, index) => {
    const start = index * limit;
    const bytes = Math.min(limit, size - start);
    return { bytes, read: () => createReadStream(path, { start, end: start + bytes - 1 }) };
  });
}

export async function sha256Of(part: FilePart): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of part.read()) hash.update(chunk);
  return hash.digest('hex');
}

async function* encodeMp3(recording: ClosedRecording): AsyncGenerator<Uint8Array> {
  const encoder = await createMp3Encoder();
  encoder.configure({ channels: recording.channels, sampleRate: SAMPLE_RATE, bitrate: KILOBITS[recording.channels] });
  for await (const channels of readFrames(recording, 0, recording.frames)) {
    // The encoder uses its memory again for the next frames, so they are copied.
    yield Uint8Array.from(encoder.encode(channels.map(toFloats)));
  }
  yield Uint8Array.from(encoder.finalize());
}

/** Writes the recording as an MP3 file, which gets its name only when it is whole. */
export async function writeMp3(recording: ClosedRecording, path: string): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    for await (const chunk of encodeMp3(recording)) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

/** The recording as an MP3 file in parts, where no file can be written: it is encoded anew whenever a part is read. */
export async function encodedMp3Parts(recording: ClosedRecording, limit: number): Promise<FilePart[]> {
  let size = 0;
  for await (const chunk of encodeMp3(recording)) size += chunk.length;
  return Array.from({ length: Math.ceil(size / limit) }, (_, index) => {
    const start = index * limit;
    const bytes = Math.min(limit, size - start);
    return { bytes, read: () => byteRange(encodeMp3(recording), start, start + bytes) };
  });
}

async function* byteRange(chunks: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.length > 0) yield part;
    at += chunk.length;
    if (at >= end) return;
  }
}
