import type { Prompt } from '../../contracts/carrier.ts';
import { SAMPLE_RATE } from '../../recordings/audio-format.ts';
import type { MixedPart, MixedSound, MixPlan } from './mix-plan.ts';
import { keysAt, ringingAt, signalAt, voiceAt } from './tones.ts';

/** The samples of prompts, by `promptKey`; one that is missing is a tone. */
export type Prompts = Map<string, Int16Array>;

export const promptKey = (prompt: Prompt): string => JSON.stringify(prompt);

/** What must be made ready before it can be rendered, each once, with the frames of it that are heard. */
export function promptsOf({ parts }: MixPlan): { prompt: Prompt; frames: number }[] {
  const wanted = parts.flatMap(({ note }) => ('prompt' in note ? [note] : []));
  return [...new Map(wanted.map((it) => [promptKey(it.prompt), it])).values()];
}

const CHUNK_FRAMES = SAMPLE_RATE;

/** The recording, a second after the other: the samples of each channel. The same score is always the same sound. */
export function* render({ channels, frames, parts }: MixPlan, prompts: Prompts): Generator<Int16Array[]> {
  const sounding = parts.map((part) => ({ part, at: soundOf(part.note, prompts) }));
  for (let from = 0; from < frames; from += CHUNK_FRAMES) {
    const to = Math.min(frames, from + CHUNK_FRAMES);
    const mix = Array.from({ length: channels }, () => new Float32Array(to - from));
    for (const { part, at } of sounding) {
      if (part.from < to && part.to > from) add(mix[part.channel] as Float32Array, from, part, at);
    }
    yield mix.map((sum) => Int16Array.from(sum, clamp));
  }
}

type SampleAt = (frame: number) => number;

function add(sum: Float32Array, start: number, { from, to, into }: MixedPart, at: SampleAt): void {
  const end = Math.min(to, start + sum.length);
  for (let frame = Math.max(from, start); frame < end; frame++) {
    sum[frame - start] = (sum[frame - start] as number) + at(frame - from + into);
  }
}

function soundOf(note: MixedSound, prompts: Prompts): SampleAt {
  if ('voice' in note) return (frame) => voiceAt(note.voice, frame);
  if ('keys' in note) return (frame) => keysAt(note.keys, frame);
  if ('ringing' in note) return ringingAt;
  const samples = prompts.get(promptKey(note.prompt));
  return samples ? (frame) => samples[frame % note.frames] ?? 0 : signalAt;
}

const clamp = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value)));
