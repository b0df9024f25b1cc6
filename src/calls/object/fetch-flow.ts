import type { Delivery } from '../../contracts/delivery.ts';
import { MAX_DOCUMENT_BYTES, readDocument } from '../../flow/document.ts';
import { type FlowProblem, problem } from '../../flow/problem.ts';
import type { Verb } from '../../flow/verb.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { type UrlPolicy, urlProblem } from '../../webhooks/check-urls.ts';
import { DEADLINE_MS, postSigned } from '../../webhooks/post.ts';

const MAX_REDIRECTS = 3;

/** The outcome of asking a webhook for a document; `url` is where the document was found, after redirects. */
export type FetchedFlow = { status?: number; milliseconds: number } & (FoundFlow | { problem: FlowProblem });

/** A document; `isSound` when the URL is that of a sound. */
interface FoundFlow {
  verbs: Verb[];
  ignored: string[];
  url: string;
  isSound?: true;
}

/** Requests a document, within 15 s for everything, three redirects and 64 KB. Never rejects. */
export async function fetchFlow(delivery: Delivery, policy: UrlPolicy): Promise<FetchedFlow> {
  const began = Date.now();
  const found = await withDeadline(DEADLINE_MS, (signal) =>
    follow(delivery, policy, signal, MAX_REDIRECTS).catch(() => ({ problem: noAnswer(signal) })),
  );
  return { milliseconds: Date.now() - began, ...found };
}

type Found = { status?: number } & (FoundFlow | { problem: FlowProblem });

async function follow(delivery: Delivery, policy: UrlPolicy, signal: AbortSignal, left: number): Promise<Found> {
  const complaint = urlProblem(delivery.url, policy);
  if (complaint) return { problem: problem('flow_url_refused', `The flow's URL ${complaint}.`) };
  const response = await postSigned(delivery, signal);
  const { status } = response;
  const location = response.headers.get('location');
  if (status >= 300 && status < 400 && location !== null) {
    await response.body?.cancel();
    const tooMany = problem('flow_too_many_redirects', `More than ${MAX_REDIRECTS} redirects.`);
    if (left === 0) return { status, problem: tooMany };
    // The request is posted again whatever the status: a redirect that turned it into a GET would lose the digits.
    const target = URL.canParse(location, delivery.url) ? new URL(location, delivery.url).href : location;
    return follow({ ...delivery, url: target }, policy, signal, left - 1);
  }
  return { status, ...(await readAnswer(response, delivery.url).catch(() => ({ problem: brokeOff(signal) }))) };
}

async function readAnswer(response: Response, url: string): Promise<Found> {
  if (!response.ok) {
    await response.body?.cancel();
    return { problem: problem('flow_http_status', `The server answered with status ${response.status}.`) };
  }
  const contentType = response.headers.get('content-type') ?? '';
  // A sound is a document that plays it. It is fetched again by the player, where sounds are checked and kept.
  if (/^audio\//i.test(contentType)) {
    await response.body?.cancel();
    return { verbs: [{ verb: 'play', url, loop: 1 }], ignored: [], url, isSound: true };
  }
  const text = await readText(response, charsetOf(contentType));
  if (text === undefined) {
    return { problem: problem('flow_too_large', `A document has at most ${MAX_DOCUMENT_BYTES} bytes.`) };
  }
  const reading = readDocument(text, contentType);
  return 'code' in reading ? { problem: reading } : { ...reading, url };
}

/** Reads the body as text; undefined when it is too large, in which case the rest is not read. */
async function readText(response: Response, charset: string): Promise<string | undefined> {
  const decoder = new TextDecoder(charset);
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > MAX_DOCUMENT_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** An unknown charset throws where it is used, and the answer cannot be decoded. */
const charsetOf = (contentType: string): string => /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';

const tooLate = () => problem('flow_timeout', `No complete answer within ${DEADLINE_MS / 1000} seconds.`);

const noAnswer = (signal: AbortSignal): FlowProblem =>
  signal.aborted ? tooLate() : problem('flow_unreachable', 'No HTTP answer could be had from the server.');

const brokeOff = (signal: AbortSignal): FlowProblem =>
  signal.aborted ? tooLate() : problem('flow_unreadable', 'The answer broke off, or cannot be decoded.');
