import type { Prompt } from '../contracts/carrier.ts';
import { defined } from '../lib/defined.ts';
import { sha256Hex } from '../lib/hex.ts';
import { done, type Result, refused } from '../lib/result.ts';
import { type UrlPolicy, urlProblem } from '../webhooks/check-urls.ts';
import type { AudioRefusal, TelephoneRate } from './audio/audio.ts';
import { minimp3 } from './audio/minimp3.ts';
import { toTelephone } from './audio/telephone.ts';
import { freshMs } from './cache-control.ts';
import type { Media, MediaStore } from './media-store.ts';
import { type FetchedFile, type FetchRefusal, fetchPrompt, type Validators } from './prompt-fetch.ts';

export type PromptRefusal = FetchRefusal | `prompt_${AudioRefusal}`;

export interface PlayContext {
  store: MediaStore;
  rate: TelephoneRate;
  policy: UrlPolicy;
}

type Play = Extract<Prompt, { play: string }>;

/**
 * A file as its URL last gave it to an account, stored under the hash of both: its key, and until when the server need not
 * be asked again. Whoever else knows the URL asks the server, which may refuse.
 */
interface CachedPrompt extends Validators {
  media: string;
  freshUntil: number;
}

/** Fetches a file from a customer's server, unless the cached one is still fresh, and converts it for a telephone. */
export async function preparePlay(
  { play: url, account = '' }: Play,
  tools: PlayContext,
): Promise<Result<Media, PromptRefusal>> {
  const { store, rate, policy } = tools;
  const name = `prompt/${await store.keyOf('url', account, url, rate)}`;
  const bookmark = await findCachedPrompt(store.bucket, name);
  const media = bookmark && (await store.find(bookmark.media));
  // The URL is checked again, since the deployment may have become stricter.
  if (media && bookmark.freshUntil > Date.now() && !urlProblem(url, policy)) return done(media);
  const fetched = await fetchPrompt(url, policy, media && bookmark);
  if (!fetched.ok) return fetched;
  const prepared = fetched.value.bytes ? await prepareFile(fetched.value.bytes, tools) : done(media as Media);
  if (prepared.ok) await storeCachedPrompt(store.bucket, name, cachedPromptOf(fetched.value, prepared.value, bookmark));
  return prepared;
}

/**
 * Converts a file, which is named by its content: the same file at two URLs is decoded once, and
 * a changed one is another file.
 */
async function prepareFile(bytes: Uint8Array, { store, rate }: PlayContext): Promise<Result<Media, PromptRefusal>> {
  const key = await store.keyOf('file', await sha256Hex(bytes), rate);
  const media = await store.find(key);
  if (media) return done(media);
  const audio = await toTelephone(bytes, { rate, minimp3 });
  return audio.ok ? done(await store.put(key, audio.samples, rate)) : refused(`prompt_${audio.refusal}`);
}

function cachedPromptOf(
  { headers, bytes }: FetchedFile,
  { key }: Media,
  before: CachedPrompt | undefined,
): CachedPrompt {
  const now = Date.now();
  // A response without the file (304) may leave out headers that came with it before.
  const kept: Validators = (!bytes && before) || {};
  const etag = storableHeader(headers.get('etag')) ?? kept.etag;
  const lastModified = storableHeader(headers.get('last-modified')) ?? kept.lastModified;
  return defined({ media: key, freshUntil: now + freshMs(headers, now), etag, lastModified });
}

/** A header that the bucket can store beside a file: it takes 2 KB, and no characters but these. */
const storableHeader = (header: string | null): string | undefined =>
  header !== null && /^[\x20-\x7e]{1,500}$/.test(header) ? header : undefined;

async function findCachedPrompt(bucket: R2Bucket, name: string): Promise<CachedPrompt | undefined> {
  const noted = (await bucket.head(name))?.customMetadata;
  if (!noted?.media) return undefined;
  const { media, etag, lastModified } = noted;
  return defined({ media, freshUntil: Number(noted.freshUntil), etag, lastModified });
}

async function storeCachedPrompt(bucket: R2Bucket, name: string, bookmark: CachedPrompt): Promise<void> {
  await bucket.put(name, '', { customMetadata: { ...bookmark, freshUntil: String(bookmark.freshUntil) } });
}
