import { defined } from '../lib/defined.ts';
import { sha256Hex } from '../lib/hex.ts';
import { done, type Result, refused } from '../lib/result.ts';
import { type UrlPolicy, urlProblem } from '../webhooks/check-urls.ts';
import type { AudioRefusal, TelephoneRate } from './audio/audio.ts';
import { minimp3 } from './audio/minimp3.ts';
import { forTelephoneInTurns } from './audio/telephone.ts';
import { freshFor } from './cache-control.ts';
import type { Media, MediaStore } from './media-store.ts';
import { type Fetched, type FetchRefusal, fetchPrompt, type Validators } from './prompt-fetch.ts';

export type PromptRefusal = FetchRefusal | `prompt_${AudioRefusal}`;

export interface PlayTools {
  store: MediaStore;
  rate: TelephoneRate;
  policy: UrlPolicy;
}

/** What is kept of a URL, under its hash: which file it was, and until when that need not be asked again. */
interface Bookmark extends Validators {
  media: string;
  freshUntil: number;
}

/** Gets a file from a customer's server, unless what is here is still good, and makes it fit for a telephone. */
export async function preparePlay(url: string, tools: PlayTools): Promise<Result<Media, PromptRefusal>> {
  const { store, rate, policy } = tools;
  const name = `prompt/${await store.keyOf('url', url, rate)}`;
  const bookmark = await findBookmark(store.bucket, name);
  const media = bookmark && (await store.find(bookmark.media));
  // Checked again here, since a deployment may have become stricter since.
  if (media && bookmark.freshUntil > Date.now() && !urlProblem(url, policy)) return done(media);
  const fetched = await fetchPrompt(url, policy, media && bookmark);
  if (!fetched.ok) return fetched;
  const prepared = fetched.value.bytes ? await prepareFile(fetched.value.bytes, tools) : done(media as Media);
  if (prepared.ok) await keepBookmark(store.bucket, name, bookmarkOf(fetched.value, prepared.value, bookmark));
  return prepared;
}

/** Named by what is in it: the same file at two URLs is decoded once, and one that changed is another file. */
async function prepareFile(bytes: Uint8Array, { store, rate }: PlayTools): Promise<Result<Media, PromptRefusal>> {
  const key = await store.keyOf('file', await sha256Hex(bytes), rate);
  const media = await store.find(key);
  if (media) return done(media);
  const audio = await forTelephoneInTurns(bytes, { rate, minimp3 }, () => scheduler.wait(0));
  return audio.ok ? done(await store.keep(key, audio.samples, rate)) : refused(`prompt_${audio.refusal}`);
}

function bookmarkOf({ headers, bytes }: Fetched, { key }: Media, before: Bookmark | undefined): Bookmark {
  const now = Date.now();
  // An answer without the file may leave out what it said of it before.
  const kept: Validators = (!bytes && before) || {};
  const etag = storable(headers.get('etag')) ?? kept.etag;
  const lastModified = storable(headers.get('last-modified')) ?? kept.lastModified;
  return defined({ media: key, freshUntil: now + freshFor(headers, now), etag, lastModified });
}

/** The bucket takes 2 KB beside a file, and no other characters. */
const storable = (header: string | null): string | undefined =>
  header !== null && /^[\x20-\x7e]{1,500}$/.test(header) ? header : undefined;

async function findBookmark(bucket: R2Bucket, name: string): Promise<Bookmark | undefined> {
  const noted = (await bucket.head(name))?.customMetadata;
  if (!noted?.media) return undefined;
  const { media, etag, lastModified } = noted;
  return defined({ media, freshUntil: Number(noted.freshUntil), etag, lastModified });
}

async function keepBookmark(bucket: R2Bucket, name: string, bookmark: Bookmark): Promise<void> {
  await bucket.put(name, '', { customMetadata: { ...bookmark, freshUntil: String(bookmark.freshUntil) } });
}
