import type { Prompt } from '../contracts/carrier.ts';
import { done, type Result, refused } from '../lib/result.ts';
import type { TelephoneRate } from './audio/audio.ts';
import { AUDIO_LIMITS, joinSamples, silence, withVolume } from './audio/telephone.ts';
import type { Media, MediaStore } from './media-store.ts';
import {
  embeddedVoiceFor,
  type SpeechRefusal,
  type SpeechResult,
  type SpeechSources,
  type SpeechVoice,
  serverVoiceFor,
  type TextPiece,
} from './speech.ts';
import { type SpeechPiece, splitSpeech } from './ssml.ts';

export type { SpeechRefusal } from './speech.ts';

type Say = Extract<Prompt, { say: string }>;

export interface SayContext {
  store: MediaStore;
  rate: TelephoneRate;
  sources: SpeechSources;
}

/** A pause, or a piece of text with the voice that is to speak it. */
type AssignedPiece = Extract<SpeechPiece, { type: 'pause' }> | (TextPiece & { by: SpeechVoice });

/** The time for one Say with all its pieces: the caller should not wait longer. */
const SAY_MS = 30_000;
const NOTHING_TO_SAY_MS = 100;

/** Speaks a text into one file, unless it is there already: in the preferred voices, else all of it in the embedded one. */
export async function prepareSay(say: Say, tools: SayContext): Promise<Result<Media, SpeechRefusal>> {
  const { store, rate } = tools;
  for (const plan of alternativesFor(say, tools.sources)) {
    const key = await store.keyOf('say', rate, plan.map(cacheNameOf));
    const media = await store.find(key);
    if (media) return done(media);
    const spoken = await speakAll(plan, rate);
    if (spoken.ok) return done(await store.put(key, spoken.value, rate));
    if (spoken.refusal === 'speech_too_long') return spoken;
  }
  return refused('speech_unavailable');
}

/**
 * The ways to speak a Say, the best first. When a server fails in the middle of a Say, all of it is spoken in another way: no sentence
 * has two voices, and nothing is cached under the name of a voice that did not speak it.
 */
function alternativesFor({ say, ssml, language, voice }: Say, sources: SpeechSources): AssignedPiece[][] {
  const pieces = splitSpeech(say, language, ssml);
  const server = (tag: string) => serverVoiceFor(sources, tag, voice);
  const embedded = (tag: string) => embeddedVoiceFor(sources, tag);
  const preferred = assignVoices(pieces, language, (tag) => server(tag) ?? embedded(tag));
  const plain = assignVoices(pieces, language, embedded);
  const sameVoices = JSON.stringify(preferred?.map(cacheNameOf)) === JSON.stringify(plain?.map(cacheNameOf));
  return [preferred, sameVoices ? undefined : plain].filter((plan) => plan !== undefined);
}

/** Assigns a voice to each piece. Words in a language that no voice speaks are read in the language of the Say. */
function assignVoices(
  pieces: SpeechPiece[],
  language: string,
  voiceFor: (tag: string) => SpeechVoice | undefined,
): AssignedPiece[] | undefined {
  const lines = pieces.map((piece): AssignedPiece | undefined => {
    if (piece.type === 'pause') return piece;
    const own = voiceFor(piece.language);
    const by = own ?? voiceFor(language);
    return by && { ...piece, language: own ? piece.language : language, by };
  });
  return lines.every((line) => line !== undefined) ? lines : undefined;
}

const cacheNameOf = (line: AssignedPiece): unknown => (line.type === 'pause' ? line : { ...line, by: line.by.id });

async function speakAll(plan: AssignedPiece[], rate: TelephoneRate): Promise<SpeechResult> {
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
