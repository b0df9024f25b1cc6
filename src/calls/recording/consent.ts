import { evidenceId } from '../../consents/consent.ts';
import { consentNotice, recordingNotice } from '../../consents/notices.ts';
import { type ConsentOnFile, NOTHING_ON_FILE } from '../../contracts/consent.ts';
import type { Verb } from '../../flow/verb.ts';
import { type AfterConsent, type Call, otherParty, type PendingNotice } from '../call.ts';
import { type Effect, send, type Transition } from '../effects.ts';
import { ownVerdict } from './parties.ts';

const KEY = '1';

/** A call waits so long for the database to say who has agreed, in seconds; then it asks as if nobody had. */
const LOOKING_SECONDS = 10;

/** A document that the party hears before it may be recorded. */
export type NoticeDocument = { document: Verb[]; pendingNotice: PendingNotice };

export function noticeFor(call: Call, next: AfterConsent): NoticeDocument | undefined {
  const verdict = ownVerdict(call);
  if (verdict === 'ask') return { document: [consentQuestion(call)], pendingNotice: { is: 'asking', next } };
  if (verdict === 'announce')
    return { document: [recordingAnnouncement(call)], pendingNotice: { is: 'telling', next } };
  return undefined;
}

/**
 * Asks the database who has agreed, each time anew, because consent may have been withdrawn since. Meanwhile the time of a
 * simulated call stands still.
 */
export function requestConsentOnFile(call: Call, next: AfterConsent, now: number): Transition {
  const number = otherParty(call);
  const effects: Effect[] = [
    { do: 'timer.set', name: 'verb', at: now + LOOKING_SECONDS * 1000 },
    send({ to: 'consents', lookUp: number === undefined ? [] : [number] }),
  ];
  return { call: { ...call, flow: { is: 'looking', next } }, effects };
}

/** Takes what the database said, or nothing, when it took too long. Undefined when the call does not wait for it. */
export function consentLookedUp(
  call: Call,
  consentOnFile: ConsentOnFile | undefined,
): { call: Call; next: AfterConsent } | undefined {
  const { flow, ...rest } = call;
  if (flow?.is !== 'looking') return undefined;
  return { call: { ...rest, consentOnFile: consentOnFile ?? NOTHING_ON_FILE }, next: flow.next };
}

/**
 * The party has heard the notice to its end. Where being told is enough, that is kept as evidence; what was answered to a
 * question the verb has kept already.
 */
export function noticeHeard(call: Call, now: number): (Transition & { next: AfterConsent }) | undefined {
  const { pendingNotice, ...rest } = call;
  if (!pendingNotice) return undefined;
  if (pendingNotice.is === 'asking' || rest.consent) return { call: rest, effects: [], next: pendingNotice.next };
  const question = call.questions + 1;
  const { text: notice, language } = recordingNotice(call.language, call.notice);
  const answer = { granted: true, announced: true, notice, language, question, at: now } as const;
  return {
    call: { ...rest, questions: question, consent: { is: 'announced', evidence: evidenceId(call.id, question) } },
    effects: [send({ to: 'consents', answer })],
    next: pendingNotice.next,
  };
}

export const consentQuestion = ({ notice, language }: Pick<Call, 'notice' | 'language'>): Verb => {
  const said = consentNotice(language, KEY, notice);
  return { verb: 'consent', text: said.text, language: said.language, key: KEY, timeout: 5, attempts: 2 };
};

const recordingAnnouncement = ({ notice, language }: Call): Verb => ({
  verb: 'say',
  ...recordingNotice(language, notice),
  loop: 1,
});
