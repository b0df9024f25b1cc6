import { type AudioChunk, type OpenedAudio, refusedAudio } from './audio.ts';
import { type Mp3Frame, mp3Frames } from './mp3-frames.ts';

/**
 * The decoder is minimp3 (CC0), compiled to 21 KB of WebAssembly without a single import by the package minimp3-wasm (Apache-2.0).
 * The better kept mpg123-decoder carries its WebAssembly as a string, which workerd refuses to compile, and is LGPL inside; js-mp3
 * needs no WebAssembly and cannot read the low rates that speech comes in. minimp3-wasm is no longer changed, and hangs when a damaged
 * file ends within a frame. So it never sees a file: it gets one whole frame at a time, found by our own reader, and a memory of its
 * own for each file.
 */
type Minimp3 = {
  memory: WebAssembly.Memory;
  decoder_init(): void;
  decoder_set_mp3_data_size(bytes: number): void;
  decoder_mp3_data_offset(): number;
  decoder_pcm_data_offset(): number;
  decoder_decode(seconds: number): void;
  decode_results_sampling_rate(): number;
  decode_results_num_channels(): number;
  decode_results_num_samples(): number;
};

/** Two channels of 1152 samples of two bytes. */
const MAX_FRAME_PCM = 4608;
/** The decoder is given more time than any frame has, so that it does not stop within one. */
const WHOLE_FRAME_SECONDS = 10;

/** Reads an MP3 file of any rate. `minimp3` is `minimp3-wasm/dist/decoder.opt.wasm`, compiled. Damaged frames become silence. */
export function openMp3(bytes: Uint8Array, minimp3: WebAssembly.Module): OpenedAudio {
  // Frames are found twice: first for their length, which costs next to nothing beside decoding them.
  let seconds = 0;
  for (const frame of mp3Frames(bytes)) seconds += frame.seconds;
  if (seconds === 0) return refusedAudio('not_audio');
  return { ok: true, seconds, chunks: decode(bytes, mp3Frames(bytes), minimp3) };
}

function* decode(bytes: Uint8Array, frames: Iterable<Mp3Frame>, minimp3: WebAssembly.Module): Generator<AudioChunk> {
  const decoder = new WebAssembly.Instance(minimp3, {}).exports as Minimp3;
  // The memory grows now, so that it need not grow, and move, while it is written to.
  decoder.memory.grow(1);
  decoder.decoder_init();
  for (const frame of frames) yield* decodeFrame(decoder, bytes, frame);
}

function* decodeFrame(decoder: Minimp3, bytes: Uint8Array, { at, length }: Mp3Frame): Generator<AudioChunk> {
  decoder.decoder_set_mp3_data_size(length);
  const memory = new Uint8Array(decoder.memory.buffer);
  memory.set(bytes.subarray(at, at + length), decoder.decoder_mp3_data_offset());
  // A frame that depends on a lost one leaves this memory untouched, and the frame before would be heard again.
  const room = decoder.decoder_pcm_data_offset();
  memory.fill(0, room, room + MAX_FRAME_PCM);
  decoder.decoder_decode(WHOLE_FRAME_SECONDS);
  const count = Math.min(decoder.decode_results_num_samples(), MAX_FRAME_PCM / 2);
  if (!count) return;
  const pcm = new Int16Array(decoder.memory.buffer, decoder.decoder_pcm_data_offset(), count);
  const channels = decoder.decode_results_num_channels();
  yield { rate: decoder.decode_results_sampling_rate(), samples: mix(pcm, channels) };
}

function mix(pcm: Int16Array, channels: number): Float32Array {
  const mono = new Float32Array(pcm.length / channels);
  for (let i = 0; i < mono.length; i++) {
    const left = pcm[channels * i] as number;
    const right = pcm[channels * i + channels - 1] as number;
    mono[i] = (left + right) / 65_536;
  }
  return mono;
}
