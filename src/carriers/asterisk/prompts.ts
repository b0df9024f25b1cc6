import type { LegFact, Prompt } from '../../contracts/carrier.ts';
import type { TelephoneRate } from '../../speech/audio/audio.ts';
import { mediaUrl, prepareMedia } from '../../speech/media.ts';
import type { PlaybackPart } from './commands.ts';

export interface Prepared {
  pieces: PlaybackPart[];
  /** One for each prompt that could not be made ready. */
  failures: LegFact[];
}

/** A request to Asterisk may have 65,535 bytes; a signed URL has some 200. */
const LONGEST_LIST = 100;

/** Digits have no end that Asterisk reports, so they are never the last. */
const QUIET: Prompt = { pause: 0.1 };

/** What making prompts ready needs. A file of a customer takes much memory until it is made, so files have turns. */
export interface Preparing {
  env: Env;
  origin: string;
  rate: TelephoneRate;
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Makes prompts ready to be fetched by the gateway, side by side. */
export async function preparePrompts(prompts: Prompt[], preparing: Preparing): Promise<Prepared> {
  const last = prompts.at(-1);
  const all = last && 'digits' in last ? [...prompts, QUIET] : prompts;
  const ready = await Promise.all(all.map((prompt) => pieceOf(prompt, preparing)));
  const pieces = ready.flatMap((it) => ('type' in it ? [] : [it]));
  return { pieces: join(pieces), failures: ready.filter((it) => 'type' in it) };
}

async function pieceOf(prompt: Prompt, { env, origin, rate, inTurn }: Preparing): Promise<PlaybackPart | LegFact> {
  if ('digits' in prompt) return { keys: prompt.digits };
  const prepare = () => prepareMedia(prompt, env, rate);
  const media = await ('play' in prompt ? inTurn(prepare) : prepare());
  if (!media.ok) return { type: 'leg.prompt-failed', code: media.refusal };
  const url = await mediaUrl({ ...media.value, rate }, origin, env, Date.now());
  return { media: Array.from({ length: 'times' in prompt ? prompt.times : 1 }, () => url) };
}

/** Audio that follows on audio is one list, so that no gap is heard. */
function join(pieces: PlaybackPart[]): PlaybackPart[] {
  const joined: PlaybackPart[] = [];
  for (const piece of pieces) {
    const before = joined.at(-1);
    if (before && 'media' in before && 'media' in piece) before.media.push(...piece.media);
    else joined.push('media' in piece ? { media: [...piece.media] } : piece);
  }
  return joined.flatMap((piece) => ('media' in piece ? split(piece.media) : [piece]));
}

const split = (media: string[]): PlaybackPart[] =>
  Array.from({ length: Math.ceil(media.length / LONGEST_LIST) }, (_, at) => ({
    media: media.slice(at * LONGEST_LIST, (at + 1) * LONGEST_LIST),
  }));
