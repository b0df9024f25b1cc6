import { readBytes } from '../lib/bytes.ts';
import { withDeadline } from '../lib/deadline.ts';
import { defined } from '../lib/defined.ts';
import { done, type Result, refused } from '../lib/result.ts';
import { type UrlPolicy, urlProblem } from '../webhooks/check-urls.ts';
import { DEADLINE_MS } from '../webhooks/deadline.ts';
import { USER_AGENT } from '../webhooks/post.ts';
import { fetchTwice } from '../webhooks/second-try.ts';
import { AUDIO_LIMITS } from './audio/telephone.ts';

const MAX_REDIRECTS = 3;

export type FetchRefusal =
  | 'prompt_url_refused'
  | 'prompt_unreachable'
  | 'prompt_timeout'
  | 'prompt_http_status'
  | 'prompt_too_many_redirects'
  | 'prompt_too_large';

/** A file as its server has it now; without bytes it is unchanged. */
export interface FetchedFile {
  headers: Headers;
  bytes?: Uint8Array;
}

/** The validators that a server sent with a file, by which it can be asked whether the file has changed. */
export interface Validators {
  etag?: string;
  lastModified?: string;
}

interface FetchRequest {
  policy: UrlPolicy;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** Fetches a file, within 15 s, 10 MB and three redirects, each of which is checked as the URL itself is. Never rejects. */
export async function fetchPrompt(
  url: string,
  policy: UrlPolicy,
  known: Validators = {},
): Promise<Result<FetchedFile, FetchRefusal>> {
  const headers = {
    accept: 'audio/wav, audio/mpeg, audio/*;q=0.8, */*;q=0.1',
    'user-agent': USER_AGENT,
    ...defined({ 'if-none-match': known.etag, 'if-modified-since': known.lastModified }),
  };
  return withDeadline(DEADLINE_MS, (signal) =>
    follow(url, { policy, headers, signal }, MAX_REDIRECTS).catch(() =>
      refused(signal.aborted ? 'prompt_timeout' : 'prompt_unreachable'),
    ),
  );
}

async function follow(url: string, asked: FetchRequest, left: number): Promise<Result<FetchedFile, FetchRefusal>> {
  const { policy, headers, signal } = asked;
  if (urlProblem(url, policy)) return refused('prompt_url_refused');
  // The platform's own cache is not used: it is worldwide, and ours knows how long a file may be kept.
  const response = await fetchTwice(url, { headers, signal, redirect: 'manual', cache: 'no-store' });
  const { status } = response;
  const location = response.headers.get('location');
  if (status >= 300 && status < 400 && status !== 304 && location !== null) {
    await response.body?.cancel();
    if (left === 0) return refused('prompt_too_many_redirects');
    const target = URL.canParse(location, url) ? new URL(location, url).href : location;
    return follow(target, asked, left - 1);
  }
  if (status === 304 && ('if-none-match' in headers || 'if-modified-since' in headers)) {
    return done({ headers: response.headers });
  }
  return readFile(response);
}

async function readFile(response: Response): Promise<Result<FetchedFile, FetchRefusal>> {
  const { status, headers } = response;
  const refusal = status !== 200 ? 'prompt_http_status' : isTooLarge(headers) ? 'prompt_too_large' : undefined;
  if (refusal) {
    await response.body?.cancel();
    return refused(refusal);
  }
  const bytes = await readBytes(response.body, AUDIO_LIMITS.maxBytes);
  return bytes ? done({ headers, bytes }) : refused('prompt_too_large');
}

const isTooLarge = (headers: Headers): boolean => Number(headers.get('content-length') ?? 0) > AUDIO_LIMITS.maxBytes;
