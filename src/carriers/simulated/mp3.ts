import { createEncoder } from 'wasm-media-encoders/esnext';
// By its path: the name that the package exports it under leads nowhere, and one without .wasm is no module to bundlers.
import lame from '../../../node_modules/wasm-media-encoders/wasm/mp3.wasm';
import { KILOBITS, SAMPLE_RATE, toFloats } from '../../recordings/audio-format.ts';

/** Encodes a recording chunk by chunk, as gateways do theirs. The module is LAME (LGPL), which stays a file of its own. */
export async function openMp3Encoder(channels: 1 | 2) {
  const encoder = await createEncoder('audio/mpeg', lame);
  encoder.configure({ channels, sampleRate: SAMPLE_RATE, bitrate: KILOBITS[channels] });
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    // The encoder answers with its own memory, which it writes to again: it is copied.
    push: (samples: Int16Array[]) => void parts.push(new Uint8Array(encoder.encode(samples.map(toFloats)))),
    finish: () => new Blob([...parts, new Uint8Array(encoder.finalize())]),
  };
}
