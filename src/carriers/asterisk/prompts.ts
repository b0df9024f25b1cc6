import type { LegFact, Prompt } from '../../contracts/carrier.ts';
import type { TelephoneRate } from '../../speech/audio/audio.ts';
import { mediaUrl, prepareMedia } from '../../speech/media.ts';
import type { PlaybackPart } from './channel-requests.ts';

export interface PreparedPrompts {
  parts: PlaybackPart[];
  /** One for each prompt that could not be prepared. */
  failures: LegFact[];
}

/** A request to Asterisk may have 65,535 bytes, and a signed URL has some 200. */
const MAX_MEDIA = 100;

/** Asterisk does not report the end of digits, so this is played after digits that would be the last. */
const SHORT_PAUSE: Prompt = { pause: 0.1 };

/** What the preparation of prompts needs. */
export interface PromptContext {
  env: Env;
  /** The URL of this Worker as the gateway knows it. */
  origin: string;
  rate: TelephoneRate;
  /** Files of customers take much memory while they are converted, so only some are worked on at once. */
  limit<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Prepares prompts side by side, so that the gateway can fetch their audio. */
export async function preparePrompts(prompts: Prompt[], context: PromptContext): Promise<PreparedPrompts> {
  const last = prompts.at(-1);
  const all = last && 'digits' in last ? [...prompts, SHORT_PAUSE] : prompts;
  const prepared = await Promise.all(all.map((prompt) => preparePart(prompt, context)));
  const parts = prepared.flatMap((it) => ('type' in it ? [] : [it]));
  return { parts: joinMedia(parts), failures: prepared.filter((it) => 'type' in it) };
}

async function preparePart(prompt: Prompt, context: PromptContext): Promise<PlaybackPart | LegFact> {
  if ('digits' in prompt) return { keys: prompt.digits };
  const { env, origin, rate, limit } = context;
  const prepare = () => prepareMedia(prompt, env, rate);
  const media = await ('play' in prompt ? limit(prepare) : prepare());
  if (!media.ok) return { type: 'leg.prompt-failed', code: media.refusal };
  const url = await mediaUrl({ ...media.value, rate }, origin, env, Date.now());
  return { media: Array.from({ length: 'times' in prompt ? prompt.times : 1 }, () => url) };
}

/** Makes one list of audio that follows on audio, so that no gap is heard. */
function joinMedia(parts: PlaybackPart[]): PlaybackPart[] {
  const joined: PlaybackPart[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (before && 'media' in before && 'media' in part) before.media.push(...part.media);
    else joined.push('media' in part ? { media: [...part.media] } : part);
  }
  return joined.flatMap((part) => ('media' in part ? splitMedia(part.media) : [part]));
}

const splitMedia = (media: string[]): PlaybackPart[] =>
  Array.from({ length: Math.ceil(media.length / MAX_MEDIA) }, (_, at) => ({
    media: media.slice(at * MAX_MEDIA, (at + 1) * MAX_MEDIA),
  }));
