import type { Delivery } from '../../contracts/delivery.ts';
import { MAX_DOCUMENT_BYTES, type ReadDocument, readDocument, tooLarge } from '../../flow/document.ts';
import { decodeDocument } from '../../flow/encoding.ts';
import type { Voices } from '../../flow/fit-speech.ts';
import { type FlowProblem, problem } from '../../flow/problem.ts';
import { readBytes } from '../../lib/bytes.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { spokenLanguage } from '../../speech/languages.ts';
import { type UrlPolicy, urlProblem } from '../../webhooks/check-urls.ts';
import { DEADLINE_MS } from '../../webhooks/deadline.ts';
import { postSigned } from '../../webhooks/post.ts';

const MAX_REDIRECTS = 3;

/** The outcome of asking a webhook for a document; `url` is where the document was found, after redirects. */
export type FetchedFlow = { status?: number; milliseconds: number } & (FoundFlow | { problem: FlowProblem });

/** A document, and where it was found; `isSound` when that is a sound. */
type FoundFlow = ReadDocument & { url: string; isSound?: true };

/** The rules of the deployment for documents: which URLs may be asked, and which languages have a voice. */
interface FlowRules {
  policy: UrlPolicy;
  voices: Voices;
}

/** Requests a document, within 15 s for everything, three redirects and 64 KB. Never rejects. */
export async function fetchFlow(
  delivery: Delivery,
  policy: UrlPolicy,
  voices: Voices = spokenLanguage,
): Promise<FetchedFlow> {
  const rules: FlowRules = { policy, voices };
  const began = Date.now();
  const found = await withDeadline(DEADLINE_MS, (signal) =>
    follow(delivery, rules, signal, MAX_REDIRECTS).catch(() => ({ problem: noAnswer(signal) })),
  );
  return { milliseconds: Date.now() - began, ...found };
}

type Found = { status?: number } & (FoundFlow | { problem: FlowProblem });

async function follow(delivery: Delivery, rules: FlowRules, signal: AbortSignal, left: number): Promise<Found> {
  const complaint = urlProblem(delivery.url, rules.policy);
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
    return follow({ ...delivery, url: target }, rules, signal, left - 1);
  }
  return { status, ...(await readAnswer(response, delivery.url, rules).catch(() => ({ problem: brokeOff(signal) }))) };
}

async function readAnswer(response: Response, url: string, { voices }: FlowRules): Promise<Found> {
  if (!response.ok) {
    await response.body?.cancel();
    return { problem: problem('flow_http_status', `The server answered with status ${response.status}.`) };
  }
  const contentType = response.headers.get('content-type') ?? '';
  // A sound is a document that plays it. It is fetched again by the player, where sounds are checked and kept.
  if (/^audio\//i.test(contentType)) {
    await response.body?.cancel();
    return { verbs: [{ verb: 'play', url, loop: 1 }], ignored: [], warnings: [], url, isSound: true };
  }
  const bytes = await readBytes(response.body, MAX_DOCUMENT_BYTES);
  if (!bytes) return { problem: tooLarge() };
  const text = decodeDocument(bytes, contentType);
  if (typeof text !== 'string') return { problem: text };
  const reading = readDocument(text, contentType, voices);
  return 'code' in reading ? { problem: reading } : { ...reading, url };
}

const tooLate = () => problem('flow_timeout', `No complete answer within ${DEADLINE_MS / 1000} seconds.`);

const noAnswer = (signal: AbortSignal): FlowProblem =>
  signal.aborted ? tooLate() : problem('flow_unreachable', 'No HTTP answer could be had from the server.');

const brokeOff = (signal: AbortSignal): FlowProblem =>
  signal.aborted ? tooLate() : problem('flow_unreadable', 'The answer broke off.');
