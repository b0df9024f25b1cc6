import { evidenceId } from '../../consents/consent.ts';
import { consentNotice, recordingNotice } from '../../consents/notices.ts';
import { type ConsentOnFile, NOTHING_ON_FILE } from '../../contracts/consent.ts';
import type { Verb } from '../../flow/verb.ts';
import { type AfterConsent, type Call, otherParty, type PendingNotice } from '../call.ts';
import { type Effect, send, type Transition } from '../effects.ts';
import { ownVerdict } from './parties.ts';

const KEY = '1';

/** How long a call waits for the database to say who has agreed, in seconds; then it asks as if nobody had. */
const LOOKING_SECONDS = 10;

/** What the party has to hear before it may be recorded, if anything. */
export type NoticeDocument = { document: Verb[]; pendingNotice: PendingNotice };

export function noticeFor(call: Call, next: AfterConsent): NoticeDocument | undefined {
  const verdict = ownVerdict(call);
  if (verdict === 'ask') return { document: [question(call)], pendingNotice: { is: 'asking', next } };
  if (verdict === 'announce') return { document: [announcement(call)], pendingNotice: { is: 'telling', next } };
  return undefined;
}

/** Asks the database, each time anew: consent may have been withdrawn since. Meanwhile a call whose time runs faster stands still. */
export function lookUpConsent(call: Call, next: AfterConsent, now: number): Transition {
  const number = otherParty(call);
  const effects: Effect[] = [
    { do: 'timer.set', name: 'verb', at: now + LOOKING_SECONDS * 1000 },
    send({ to: 'consents', lookUp: number === undefined ? [] : [number] }),
  ];
  return { call: { ...call, flow: { is: 'looking', next } }, effects };
}

/** What the database said, or nothing, because it could not be had in time. Undefined when nobody waits for it. */
export function consentLookedUp(
  call: Call,
  consentOnFile: ConsentOnFile | undefined,
): { call: Call; next: AfterConsent } | undefined {
  const { flow, ...rest } = call;
  if (flow?.is !== 'looking') return undefined;
  return { call: { ...rest, consentOnFile: consentOnFile ?? NOTHING_ON_FILE }, next: flow.next };
}

/** Being told is enough where that is the policy, and is kept as evidence; asking was noted by the verb. */
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

export const question = ({ notice, language }: Pick<Call, 'notice' | 'language'>): Verb => {
  const said = consentNotice(language, KEY, notice);
  return { verb: 'consent', text: said.text, language: said.language, key: KEY, timeout: 5, attempts: 2 };
};

const announcement = ({ notice, language }: Call): Verb => ({
  verb: 'say',
  ...recordingNotice(language, notice),
  loop: 1,
});
