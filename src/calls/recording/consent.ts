import { evidenceId } from '../../consents/consent.ts';
import { type NoticePurpose, noticeProblem } from '../../consents/notice-check.ts';
import { consentNotice, type Notice, recordingNotice } from '../../consents/notices.ts';
import { type ConsentAnswer, type ConsentOnFile, NOTHING_ON_FILE } from '../../contracts/consent.ts';
import type { Verb } from '../../flow/verb.ts';
import { type AfterConsent, type Call, type CallConsent, otherParty, type PendingNotice } from '../call.ts';
import { andThen, type Effect, log, send, type Transition } from '../effects.ts';
import { ownVerdict } from './parties.ts';
import { adjustRecorder } from './recorder.ts';

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
  const { text: notice, language } = announcementOf(call);
  const answer = { granted: true, announced: true, notice, language, question, at: now } as const;
  return {
    call: { ...rest, questions: question, consent: { is: 'announced', evidence: evidenceId(call.id, question) } },
    effects: [send({ to: 'consents', answer })],
    next: pendingNotice.next,
  };
}

/** The call's language, unless its flow has changed to another one since. */
export const flowLanguageOf = ({ flowLanguage, language }: Pick<Call, 'flowLanguage' | 'language'>): string =>
  flowLanguage ?? language;

export function consentQuestion(call: Call): Verb {
  const language = flowLanguageOf(call);
  const said = consentNotice(language, KEY, ownWords(call, language, { asksWith: KEY }));
  return { verb: 'consent', text: said.text, language: said.language, key: KEY, timeout: 5, attempts: 2 };
}

const recordingAnnouncement = (call: Call): Verb => ({ verb: 'say', ...announcementOf(call), loop: 1 });

function announcementOf(call: Call): Notice {
  const language = flowLanguageOf(call);
  return recordingNotice(language, ownWords(call, language, 'announces'));
}

/** The customer's words, where they are a notice in the language that is spoken; in any other language ours are. */
const ownWords = (
  { notice, noticeWords }: Pick<Call, 'notice' | 'noticeWords'>,
  language: string,
  purpose: NoticePurpose,
): string | undefined =>
  notice !== undefined && noticeProblem(notice, language, purpose, noticeWords) === undefined ? notice : undefined;

/** The party has answered, or could not hear what it was asked. The timeline tells of it without the key. */
export function consentAnswered(call: Call, answer: ConsentAnswer, now: number): Transition {
  const { granted, unheard } = answer;
  const question = call.questions + 1;
  const consent: CallConsent = { is: granted ? 'given' : 'refused', evidence: evidenceId(call.id, question) };
  const entry = { type: 'consent.answered', granted, ...(unheard && { reason: 'notice-not-heard' }) };
  const answered = andThen(log({ ...call, questions: question, consent }, entry), (it) => adjustRecorder(it, now));
  return {
    call: answered.call,
    effects: [...answered.effects, send({ to: 'consents', answer: { ...answer, question, at: now } })],
  };
}

/**
 * An announcement was not heard to its end: it is played again, or nobody was told. Undefined when the playback was none of
 * ours.
 */
export function announcementFailed(
  call: Call,
  playback: string,
  now: number,
): { call: Call; again: Verb[] } | (Transition & { next: AfterConsent }) | undefined {
  const { flow, pendingNotice, ...rest } = call;
  if (pendingNotice?.is !== 'telling' || flow?.is !== 'running' || flow.position.playback !== playback)
    return undefined;
  if (!pendingNotice.repeated)
    return {
      call: { ...call, pendingNotice: { ...pendingNotice, repeated: true } },
      again: [recordingAnnouncement(call)],
    };
  const { text: notice, language } = announcementOf(call);
  const answer = { granted: false, unheard: true, notice, language } as const;
  return { ...consentAnswered(rest, answer, now), next: pendingNotice.next };
}
