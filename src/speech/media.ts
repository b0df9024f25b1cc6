import type { Prompt, Tune } from '../contracts/carrier.ts';
import { pressSeconds } from '../contracts/dtmf.ts';
import { defined } from '../lib/defined.ts';
import { done, type Result, refused } from '../lib/result.ts';
import type { TelephoneRate } from './audio/audio.ts';
import { AUDIO_LIMITS, silence } from './audio/telephone.ts';
import { type Media, MediaStore } from './media-store.ts';
import { type PromptRefusal, preparePlay } from './play.ts';
import { prepareSay, type SpeechRefusal } from './say.ts';
import { signMedia } from './signature.ts';
import type { SpeechSources } from './speech.ts';
import { TUNES_VERSION, tuneSamples } from './tunes.ts';

export type { Media } from './media-store.ts';

/**
 * Why a prompt cannot be played. The codes are stable: they end up on a call's timeline.
 * `media_unavailable`: our own bucket failed.
 */
export type MediaRefusal = PromptRefusal | SpeechRefusal | 'media_unavailable';

/** The endings of files by their rate: Asterisk takes a `.wav` for one of 8 kHz. */
const ENDINGS = { 8000: 'wav', 16000: 'wav16' } as const;

/** A URL is valid for so long at least … */
const URL_SECONDS = 600;
/** … and stays the same for so long, so that a gateway finds the file in its cache. */
const STABLE_SECONDS = 300;
/** Asterisk fails to play an empty file. */
const SHORTEST_SECONDS = 0.02;

/** Prepares the audio of a prompt for a gateway, once: the carrier repeats it `times` times. Never rejects. */
export async function prepareMedia(
  prompt: Prompt,
  env: Env,
  rate: TelephoneRate,
): Promise<Result<Media, MediaRefusal>> {
  try {
    const { WEBHOOK_URLS: policy } = env;
    const store = new MediaStore(env.MEDIA, env.MEDIA_SECRET);
    // The types know these as wrangler.toml has them, but a deployment may lack either.
    const { SPEECH: worker, SPEECH_SERVERS: servers } = env as Partial<Env> & { SPEECH_SERVERS?: string };
    const sources: SpeechSources = defined({ worker, servers });
    if ('say' in prompt) return await prepareSay(prompt, { store, rate, sources });
    if ('play' in prompt) return await preparePlay(prompt, { store, rate, policy });
    if ('tune' in prompt) return done(await prepareTune(prompt.tune, store, rate));
    return await prepareSilence('pause' in prompt ? prompt.pause : pressSeconds(prompt.digits), store, rate);
  } catch (error) {
    // biome-ignore lint/suspicious/noConsole: the platform's log. Its kind only: a message may quote what was to be said.
    console.error('media unavailable', error instanceof Error ? error.name : typeof error);
    return refused('media_unavailable');
  }
}

async function prepareTune(tune: Tune, store: MediaStore, rate: TelephoneRate): Promise<Media> {
  const key = await store.keyOf('tune', TUNES_VERSION, tune, rate);
  return (await store.find(key)) ?? (await store.put(key, tuneSamples(tune, rate), rate));
}

async function prepareSilence(
  seconds: number,
  store: MediaStore,
  rate: TelephoneRate,
): Promise<Result<Media, MediaRefusal>> {
  if (seconds > AUDIO_LIMITS.maxSeconds) return refused('prompt_too_long');
  const ms = Math.round(Math.max(seconds, SHORTEST_SECONDS) * 1000);
  const key = await store.keyOf('silence', rate, ms);
  return done((await store.find(key)) ?? (await store.put(key, silence(ms, rate), rate)));
}

/**
 * The signed URL of a file for a gateway, valid for ten to fifteen minutes. Asterisk fails to
 * play URLs with short paths; the key makes this one long enough.
 */
export async function mediaUrl(
  { key, rate = 8000 }: { key: string; rate?: TelephoneRate },
  origin: string,
  env: Env,
  now: number,
): Promise<string> {
  const expires = (Math.floor(now / 1000 / STABLE_SECONDS) + 1) * STABLE_SECONDS + URL_SECONDS;
  const signature = await signMedia(key, expires, env.MEDIA_SECRET);
  return `${origin}/v1/media/${key}.${ENDINGS[rate]}?expires=${expires}&signature=${signature}`;
}
