import type { Prompt } from '../contracts/carrier.ts';
import { done, type Result, refused } from '../lib/result.ts';
import type { TelephoneRate } from './audio/audio.ts';
import { AUDIO_LIMITS, joinSamples, silence, withVolume } from './audio/telephone.ts';
import type { Media, MediaStore } from './media-store.ts';
import {
  embeddedFor,
  type Speech,
  type SpeechRefusal,
  type SpeechSources,
  type Spoken,
  serverFor,
  type TextPiece,
} from './speech.ts';
import { type SpeechPiece, splitSpeech } from './ssml.ts';

export type { SpeechRefusal } from './speech.ts';

type Say = Extract<Prompt, { say: string }>;

export interface SayTools {
  store: MediaStore;
  rate: TelephoneRate;
  sources: SpeechSources;
}

/** A piece with the voice that is to speak it. */
type Line = Extract<SpeechPiece, { type: 'pause' }> | (TextPiece & { by: Speech });

/** For one Say with all its pieces: beyond it the caller has waited long enough. */
const SAY_MS = 30_000;
const NOTHING_TO_SAY_MS = 100;

/** Speaks a text into one file, unless it is there already: in the preferred voices, else all of it in the embedded one. */
export async function prepareSay(say: Say, tools: SayTools): Promise<Result<Media, SpeechRefusal>> {
  const { store, rate } = tools;
  for (const plan of plansFor(say, tools.sources)) {
    const key = await store.keyOf('say', rate, plan.map(nameOf));
    const media = await store.find(key);
    if (media) return done(media);
    const spoken = await speakAll(plan, rate);
    if (spoken.ok) return done(await store.keep(key, spoken.value, rate));
    if (spoken.refusal === 'speech_too_long') return spoken;
  }
  return refused('speech_unavailable');
}

/**
 * The ways to speak a Say, the best first. A server that fails in the middle of it does not leave two voices in one sentence, and what
 * was spoken in its stead is not kept under its name.
 */
function plansFor({ say, language, voice }: Say, sources: SpeechSources): Line[][] {
  const pieces = splitSpeech(say, language);
  const server = (tag: string) => serverFor(sources, tag, voice);
  const embedded = (tag: string) => embeddedFor(sources, tag);
  const preferred = assign(pieces, language, (tag) => server(tag) ?? embedded(tag));
  const plain = assign(pieces, language, embedded);
  const sameVoices = JSON.stringify(preferred?.map(nameOf)) === JSON.stringify(plain?.map(nameOf));
  return [preferred, sameVoices ? undefined : plain].filter((plan) => plan !== undefined);
}

/** Words in a language that nobody speaks are read out in that of the Say. */
function assign(
  pieces: SpeechPiece[],
  language: string,
  voiceFor: (tag: string) => Speech | undefined,
): Line[] | undefined {
  const lines = pieces.map((piece): Line | undefined => {
    if (piece.type === 'pause') return piece;
    const own = voiceFor(piece.language);
    const by = own ?? voiceFor(language);
    return by && { ...piece, language: own ? piece.language : language, by };
  });
  return lines.every((line) => line !== undefined) ? lines : undefined;
}

const nameOf = (line: Line): unknown => (line.type === 'pause' ? line : { ...line, by: line.by.id });

async function speakAll(plan: Line[], rate: TelephoneRate): Promise<Spoken> {
  const until = Date.now() + SAY_MS;
  const parts: Int16Array[] = [];
  let length = 0;
  for (const line of plan) {
    if (Date.now() > until) return refused('speech_unavailable');
    const part = line.type === 'pause' ? done(silence(line.ms, rate)) : await line.by.speak(line, rate);
    if (!part.ok) return part;
    length += part.value.length;
    if (length > AUDIO_LIMITS.maxSeconds * rate) return refused('speech_too_long');
    parts.push(line.type === 'pause' ? part.value : withVolume(part.value, line.volume));
  }
  return done(length > 0 ? joinSamples(parts) : silence(NOTHING_TO_SAY_MS, rate));
}
