import type { Prompt } from '../../contracts/carrier.ts';
import { SAMPLE_RATE } from '../../recordings/audio-format.ts';
import type { MixedPart, MixedSound, MixPlan } from './mix-plan.ts';
import { keysAt, ringingAt, signalAt, voiceAt } from './tones.ts';

/** The samples of prompts, by `promptKey`. A tone stands for a prompt that is missing. */
export type Prompts = Map<string, Int16Array>;

export const promptKey = (prompt: Prompt): string => JSON.stringify(prompt);

/** The prompts that must be prepared before the plan can be rendered, each once, with the frames of it that are heard. */
export function promptsOf({ parts }: MixPlan): { prompt: Prompt; frames: number }[] {
  const wanted = parts.flatMap(({ sound }) => ('prompt' in sound ? [sound] : []));
  return [...new Map(wanted.map((it) => [promptKey(it.prompt), it])).values()];
}

const CHUNK_FRAMES = SAMPLE_RATE;

/** Renders the recording one second after the other: the samples of each channel. The same plan always gives the same samples. */
export function* render({ channels, frames, parts }: MixPlan, prompts: Prompts): Generator<Int16Array[]> {
  const sounding = parts.map((part) => ({ part, sampleAt: samplerOf(part.sound, prompts) }));
  for (let from = 0; from < frames; from += CHUNK_FRAMES) {
    const to = Math.min(frames, from + CHUNK_FRAMES);
    const mix = Array.from({ length: channels }, () => new Float32Array(to - from));
    for (const { part, sampleAt } of sounding) {
      if (part.from < to && part.to > from) add(mix[part.channel] as Float32Array, from, part, sampleAt);
    }
    yield mix.map((sum) => Int16Array.from(sum, clamp));
  }
}

/** The sample of a sound, so many frames after its beginning. */
type SampleAt = (frame: number) => number;

/** Adds the part of a sound that lies in the second that begins at `start`. */
function add(sum: Float32Array, start: number, { from, to, offset }: MixedPart, sampleAt: SampleAt): void {
  const end = Math.min(to, start + sum.length);
  for (let frame = Math.max(from, start); frame < end; frame++) {
    sum[frame - start] = (sum[frame - start] as number) + sampleAt(frame - from + offset);
  }
}

function samplerOf(sound: MixedSound, prompts: Prompts): SampleAt {
  if ('voice' in sound) return (frame) => voiceAt(sound.voice, frame);
  if ('keys' in sound) return (frame) => keysAt(sound.keys, frame);
  if ('ringing' in sound) return ringingAt;
  const samples = prompts.get(promptKey(sound.prompt));
  return samples ? (frame) => samples[frame % sound.frames] ?? 0 : signalAt;
}

const clamp = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value)));
