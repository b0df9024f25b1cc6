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
import type { RenderResult, SimulatedRecorder } from './recorder.ts';
import { type Prompts, promptKey, promptsOf, render } from './render.ts';

const WHOLE = { n: 1, of: 1 };
const NOTHING: StoredPart = { bytes: 0, sha256: '' };
/** Rendering yields after so many seconds of sound, so that the calls of the same process go on meanwhile. */
const SECONDS_A_TURN = 20;

/** A file that can be read as often as necessary. */
interface File {
  format: AudioFormat;
  part: StoredPart;
  read(): ReadableStream;
}

/** Renders a recording and uploads its files, as a gateway would. Doing it again does no harm. Never rejects. */
export async function writeRecording(
  { recording, missedSeconds: seconds }: Pick<SimulatedRecorder, 'recording' | 'missedSeconds'>,
  planMix: () => Promise<MixPlan>,
  env: Env,
): Promise<RenderResult> {
  try {
    const probe = { gateway: SIMULATED_GATEWAY, format: 'wav', piece: WHOLE, part: NOTHING } as const;
    const verdict = await recordingObject<RecordingMethods>(env, recording).offer(probe);
    // The recording may be about to begin: its recorder hears of it first.
    if (verdict === undefined) return 'later';
    if (verdict === 'closed') return 'done';
    // Before the files, whose arrival the customer is told of.
    if (seconds !== undefined)
      await recordingObject<RecordingMethods>(env, recording).report({ type: 'late', at: Date.now(), seconds });
    const files = await renderFiles(await planMix(), env);
    if (!files) return 'failed';
    for (const file of files) {
      const isWanted = await upload(recording, file, env);
      if (!isWanted) return 'done';
    }
    return 'done';
  } catch (error) {
    logFailure('the files of a simulated recording have to wait', error);
    return 'later';
  }
}

/** Renders the files; undefined when that failed. */
async function renderFiles(plan: MixPlan, env: Env): Promise<File[] | undefined> {
  try {
    const prompts = await loadPrompts(plan, env);
    return await encodeFiles(plan, prompts);
  } catch (error) {
    logFailure('a simulated recording could not be rendered', error);
    return undefined;
  }
}

function logFailure(what: string, error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the platform's log. The kind of the error only: a message may quote what was said.
  console.error(what, error instanceof Error ? error.name : typeof error);
}

/** Loads prompts as a gateway would play them, one after the other, since each takes much memory while it is prepared. */
async function loadPrompts(plan: MixPlan, env: Env): Promise<Prompts> {
  const prompts: Prompts = new Map();
  for (const { prompt, frames } of promptsOf(plan)) {
    const media = await prepareMedia(prompt, env, SAMPLE_RATE);
    const file = media.ok && (await env.MEDIA.get(media.value.key));
    if (!file) continue;
    const samples = new Int16Array(await file.arrayBuffer(), HEADER_BYTES);
    prompts.set(promptKey(prompt), samples.slice(0, frames));
  }
  return prompts;
}

/**
 * Encodes both files. The WAV is rendered once for its digest and again when it is read, so that
 * it is never in memory as a whole.
 */
async function encodeFiles(plan: MixPlan, prompts: Prompts): Promise<File[]> {
  const mp3 = await openMp3Encoder(plan.channels);
  const digest = new crypto.DigestStream('SHA-256');
  const writer = digest.getWriter();
  await writer.write(headerOf(plan));
  let seconds = 0;
  for (const samples of render(plan, prompts)) {
    await writer.write(interleave(samples));
    mp3.push(samples);
    if (++seconds % SECONDS_A_TURN === 0) await scheduler.wait(0);
  }
  await writer.close();
  const wav = { bytes: HEADER_BYTES + plan.frames * plan.channels * 2, sha256: toHex(await digest.digest) };
  const encoded = mp3.finish();
  const sha256 = await sha256Hex(new Uint8Array(await encoded.arrayBuffer()));
  return [
    { format: 'wav', part: wav, read: () => streamWav(plan, prompts) },
    { format: 'mp3', part: { bytes: encoded.size, sha256 }, read: () => encoded.stream() },
  ];
}

const headerOf = ({ frames, channels }: MixPlan): Uint8Array => wavHeader({ frames, channels, rate: SAMPLE_RATE });

function streamWav(plan: MixPlan, prompts: Prompts): ReadableStream<Uint8Array> {
  const chunks = render(plan, prompts);
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(headerOf(plan)),
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(interleave(value));
    },
  });
}

/** Uploads one file. False when nobody wants it any more. */
async function upload(recording: string, { format, part, read }: File, env: Env): Promise<boolean> {
  const object = recordingObject<RecordingMethods>(env, recording);
  const offered = { gateway: SIMULATED_GATEWAY, format, piece: WHOLE, part };
  const verdict = await object.offer(offered);
  if (verdict !== 'wanted') return verdict === 'known';
  const file = { id: recording, format };
  await storePart(env.RECORDINGS, file, WHOLE, read(), part);
  if (await object.receive(offered)) return true;
  await deletePart(env.RECORDINGS, file, WHOLE);
  return false;
}
