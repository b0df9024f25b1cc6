import { recordingObject } from '../../contracts/objects.ts';
import { SIMULATED_GATEWAY } from '../../contracts/recording.ts';
import { sha256Hex, toHex } from '../../lib/hex.ts';
import { HEADER_BYTES, interleave, wavHeader } from '../../lib/wav.ts';
import { SAMPLE_RATE } from '../../recordings/audio-format.ts';
import type { AudioFormat, StoredPart } from '../../recordings/recording.ts';
import type { RecordingMethods } from '../../recordings/rpc.ts';
import { deletePart, storePart } from '../../recordings/store/audio-store.ts';
import { prepareMedia } from '../../speech/media.ts';
import type { MixPlan } from './mix-plan.ts';
import { openMp3Encoder } from './mp3.ts';
import type { JobResult } from './recorder.ts';
import { type Prompts, promptKey, promptsOf, render } from './render.ts';

const WHOLE = { n: 1, of: 1 };
const NOTHING: StoredPart = { bytes: 0, sha256: '' };
/** After so many seconds of sound, others have their turn: the calls of the same process go on meanwhile. */
const SECONDS_A_TURN = 20;

/** A file that can be read as often as it must. */
interface File {
  format: AudioFormat;
  part: StoredPart;
  read(): ReadableStream;
}

/** Makes the sound of a recording and brings it, as a gateway would. Doing it again does no harm. Never rejects. */
export async function writeRecording(recording: string, write: () => Promise<MixPlan>, env: Env): Promise<JobResult> {
  try {
    const probe = { gateway: SIMULATED_GATEWAY, format: 'wav', piece: WHOLE, part: NOTHING } as const;
    const verdict = await recordingObject<RecordingMethods>(env, recording).offer(probe);
    // It may be about to begin: whoever asks for it tells its recorder first.
    if (verdict === undefined) return 'later';
    if (verdict === 'closed') return 'done';
    const files = await make(await write(), env);
    if (!files) return 'failed';
    for (const file of files) {
      const isWanted = await bring(recording, file, env);
      if (!isWanted) return 'done';
    }
    return 'done';
  } catch (error) {
    complain('the sound of a simulated recording has to wait', error);
    return 'later';
  }
}

/** The files; undefined when they could not be made. */
async function make(score: MixPlan, env: Env): Promise<File[] | undefined> {
  try {
    const prompts = await loadPrompts(score, env);
    return await makeFiles(score, prompts);
  } catch (error) {
    complain('a simulated recording could not be rendered', error);
    return undefined;
  }
}

function complain(what: string, error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the platform's log. Its kind only: a message may quote what was said.
  console.error(what, error instanceof Error ? error.name : typeof error);
}

/** Prompts as a gateway would play them, one after the other, since each takes much memory until it is made. */
async function loadPrompts(score: MixPlan, env: Env): Promise<Prompts> {
  const prompts: Prompts = new Map();
  for (const { prompt, frames } of promptsOf(score)) {
    const media = await prepareMedia(prompt, env, SAMPLE_RATE);
    const file = media.ok && (await env.MEDIA.get(media.value.key));
    if (!file) continue;
    const samples = new Int16Array(await file.arrayBuffer(), HEADER_BYTES);
    prompts.set(promptKey(prompt), samples.slice(0, frames));
  }
  return prompts;
}

/** The WAV is rendered once for its digest and once more when it is read, so that it is never in memory. */
async function makeFiles(score: MixPlan, prompts: Prompts): Promise<File[]> {
  const mp3 = await openMp3Encoder(score.channels);
  const digest = new crypto.DigestStream('SHA-256');
  const writer = digest.getWriter();
  await writer.write(headerOf(score));
  let seconds = 0;
  for (const samples of render(score, prompts)) {
    await writer.write(interleave(samples));
    mp3.push(samples);
    if (++seconds % SECONDS_A_TURN === 0) await scheduler.wait(0);
  }
  await writer.close();
  const wav = { bytes: HEADER_BYTES + score.frames * score.channels * 2, sha256: toHex(await digest.digest) };
  const encoded = mp3.finish();
  const sha256 = await sha256Hex(new Uint8Array(await encoded.arrayBuffer()));
  return [
    { format: 'wav', part: wav, read: () => streamWav(score, prompts) },
    { format: 'mp3', part: { bytes: encoded.size, sha256 }, read: () => encoded.stream() },
  ];
}

const headerOf = ({ frames, channels }: MixPlan): Uint8Array => wavHeader({ frames, channels, rate: SAMPLE_RATE });

function streamWav(score: MixPlan, prompts: Prompts): ReadableStream<Uint8Array> {
  const chunks = render(score, prompts);
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(headerOf(score)),
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(interleave(value));
    },
  });
}

/** False when nobody wants it any more. */
async function bring(recording: string, { format, part, read }: File, env: Env): Promise<boolean> {
  const object = recordingObject<RecordingMethods>(env, recording);
  const brought = { gateway: SIMULATED_GATEWAY, format, piece: WHOLE, part };
  const verdict = await object.offer(brought);
  if (verdict !== 'wanted') return verdict === 'known';
  const file = { id: recording, format };
  await storePart(env.RECORDINGS, file, WHOLE, read(), part);
  if (await object.receive(brought)) return true;
  await deletePart(env.RECORDINGS, file, WHOLE);
  return false;
}
