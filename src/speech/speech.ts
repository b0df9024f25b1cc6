import { readBytes } from '../lib/bytes.ts';
import { withDeadline } from '../lib/deadline.ts';
import { done, type Result, refused } from '../lib/result.ts';
import { fetchTwice } from '../webhooks/second-try.ts';
import type { TelephoneRate } from './audio/audio.ts';
import { minimp3 } from './audio/minimp3.ts';
import { AUDIO_LIMITS, toTelephone } from './audio/telephone.ts';
import { canonicalLanguage, spokenLanguage } from './languages.ts';
import { readServers, type SpeechServer, voiceNameFor } from './servers.ts';
import type { SpeechPiece } from './ssml.ts';

export type TextPiece = Extract<SpeechPiece, { type: 'text' }>;

export type SpeechRefusal = 'speech_unavailable' | 'speech_too_long';

export type SpeechResult = Result<Int16Array, SpeechRefusal>;

/** A voice that can speak pieces of text. It ignores their volume, which is applied to the samples. */
export interface SpeechVoice {
  /** Everything that the sound depends on besides the piece and the rate: a part of the name under which it is cached. */
  id: string[];
  /** Never rejects. */
  speak(piece: TextPiece, rate: TelephoneRate): Promise<SpeechResult>;
}

/** The voices of a deployment; either may be missing. */
export interface SpeechSources {
  /** The Worker of the embedded voice. */
  worker?: Fetcher;
  /** The value of SPEECH_SERVERS. */
  servers?: string;
}

/**
 * The languages that a deployment speaks, by the tag to use: a configured server may know more of them than the embedded voice,
 * and have a voice of its own for an alias.
 */
export function languagesOf(env: Env): (tag: string) => string | undefined {
  const { SPEECH_SERVERS: servers = '' } = env as { SPEECH_SERVERS?: string };
  const known = servers.trim() === '' ? [] : readServers(servers);
  const hasVoice = (tag: string) => known.some((server) => voiceNameFor(server, tag) !== undefined);
  return (tag) =>
    hasVoice(tag) ? tag : hasVoice(canonicalLanguage(tag)) ? canonicalLanguage(tag) : spokenLanguage(tag);
}

/** The id of the embedded voice. Raise it with the engine's package, so that cached and new speech sound alike. */
const EMBEDDED = ['espeak-ng 1.52', '1'];

const PIECE_MS = 10_000;
/** How long a server that failed is left alone, so that callers do not wait for it in vain again and again. */
const REST_MS = 30_000;

/** The voice of the first configured server that speaks a language, if there is one. */
export function serverVoiceFor(
  { servers = '' }: SpeechSources,
  language: string,
  wished?: string,
): SpeechVoice | undefined {
  if (servers.trim() === '') return undefined;
  for (const server of readServers(servers)) {
    const voice = voiceNameFor(server, language, wished) ?? voiceNameFor(server, canonicalLanguage(language), wished);
    if (voice !== undefined) return serverVoice(server, voice);
  }
  return undefined;
}

/** The embedded voice, if the deployment has it and it speaks the language. */
export function embeddedVoiceFor({ worker }: SpeechSources, language: string): SpeechVoice | undefined {
  const voice = spokenLanguage(language);
  if (!worker || voice === undefined) return undefined;
  const speak: SpeechVoice['speak'] = async ({ text, rate: speed, pitch }, rate) => {
    const body = JSON.stringify({ input: text, voice, speed, pitch, sample_rate: rate, response_format: 'wav' });
    const once = () =>
      requestSpeech((signal) => worker.fetch('http://speech/v1/audio/speech', { ...POST, body, signal }), rate);
    const first = await once();
    // A 500 means that the engine broke and was thrown away: the next request starts a new one.
    return resultOf(first === 500 ? await once() : first);
  };
  return { id: EMBEDDED, speak };
}

const POST = { method: 'POST', headers: { 'content-type': 'application/json' } };

/** The times until which servers are left alone, by URL, as far as this isolate knows. */
const resting = new Map<string, number>();

function serverVoice(server: SpeechServer, voice: string): SpeechVoice {
  const { key, model } = server;
  const url = `${server.url.replace(/\/+$/, '')}/audio/speech`;
  const headers = { ...POST.headers, ...(key && { authorization: `Bearer ${key}` }) };
  const speak: SpeechVoice['speak'] = async (piece, rate) => {
    if ((resting.get(url) ?? 0) > Date.now()) return refused('speech_unavailable');
    const speed = piece.rate === 1 ? {} : { speed: piece.rate };
    const body = JSON.stringify({ model, input: piece.text, voice, response_format: 'wav', ...speed });
    // A redirect would carry the text and the key to another server.
    const init = { ...POST, headers, body, redirect: 'manual', cache: 'no-store' } as const;
    const answer = await requestSpeech((signal) => fetchTwice(url, { ...init, signal }), rate);
    if (typeof answer === 'number' && (answer >= 500 || answer === 429)) resting.set(url, Date.now() + REST_MS);
    return resultOf(answer);
  };
  return { id: [url, model, voice], speak };
}

/** The samples of a response, or the status of one without samples. */
type SpeechAnswer = Int16Array | number | 'too_long';

/** The status that stands for no response at all, or for none in time. */
const NO_ANSWER = 503;

async function requestSpeech(
  send: (signal: AbortSignal) => Promise<Response>,
  rate: TelephoneRate,
): Promise<SpeechAnswer> {
  return withDeadline(PIECE_MS, async (signal) => readSpeech(await send(signal), rate)).catch(() => NO_ANSWER);
}

async function readSpeech(response: Response, rate: TelephoneRate): Promise<SpeechAnswer> {
  if (response.status !== 200) {
    await response.body?.cancel();
    return response.status;
  }
  const bytes = await readBytes(response.body, AUDIO_LIMITS.maxBytes);
  if (!bytes) return 'too_long';
  const audio = await toTelephone(bytes, { rate, minimp3 });
  if (audio.ok) return audio.samples;
  return audio.refusal === 'too_long' ? 'too_long' : response.status;
}

function resultOf(answer: SpeechAnswer): SpeechResult {
  if (answer === 'too_long') return refused('speech_too_long');
  return answer instanceof Int16Array ? done(answer) : refused('speech_unavailable');
}
