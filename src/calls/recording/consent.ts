import { evidenceId, type Grounds, NO_GROUNDS } from '../../consents/consent.ts';
import { consentNotice, recordingNotice } from '../../consents/notices.ts';
import type { Position } from '../../flow/interpreter.ts';
import type { Verb } from '../../flow/verb.ts';
import { type Call, otherParty } from '../call.ts';
import { type Effect, type Step, say } from '../effects.ts';
import { verdictOnSelf } from './parties.ts';

/** What goes on once it is settled whether the party may be recorded: its first document, being connected, its stay in a room, or its verb. */
export type Afterwards = 'begin' | 'ready' | 'room' | Position;

/** What the party hears first. */
export interface Aside {
  is: 'asking' | 'telling';
  next: Afterwards;
}

const KEY = '1';

/** How long a call waits for the database to say who has agreed, in seconds; then it asks as if nobody had. */
const LOOKING_SECONDS = 10;

/** What the party has to hear before it may be recorded, if anything. */
export type Preparation = { document: Verb[]; aside: Aside };

export function preparationFor(call: Call, next: Afterwards): Preparation | undefined {
  const verdict = verdictOnSelf(call);
  if (verdict === 'ask') return { document: [question(call)], aside: { is: 'asking', next } };
  if (verdict === 'announce') return { document: [announcement(call)], aside: { is: 'telling', next } };
  return undefined;
}

/** Asks the database, each time anew: consent may have been withdrawn since. Meanwhile a call whose time runs faster stands still. */
export function lookUp(call: Call, next: Afterwards, now: number): Step {
  const number = otherParty(call);
  const effects: Effect[] = [
    { do: 'timer.set', name: 'verb', at: now + LOOKING_SECONDS * 1000 },
    say({ to: 'file', look: number === undefined ? [] : [number] }),
  ];
  return { call: { ...call, flow: { is: 'looking', next } }, effects };
}

/** What the database said, or nothing, because it could not be had in time. Undefined when nobody waits for it. */
export function found(call: Call, grounds: Grounds | undefined): { call: Call; next: Afterwards } | undefined {
  const { flow, ...rest } = call;
  if (flow?.is !== 'looking') return undefined;
  return { call: { ...rest, grounds: grounds ?? NO_GROUNDS }, next: flow.next };
}

/** Being told is enough where that is the policy, and is kept as evidence; asking was noted by the verb. */
export function heard(call: Call, now: number): (Step & { next: Afterwards }) | undefined {
  const { aside, ...rest } = call;
  if (!aside) return undefined;
  if (aside.is === 'asking' || rest.consent) return { call: rest, effects: [], next: aside.next };
  const question = call.questions + 1;
  const { text: notice, language } = recordingNotice(call.language, call.notice);
  const answer = { granted: true, announced: true, notice, language, question, at: now } as const;
  return {
    call: { ...rest, questions: question, consent: { is: 'announced', evidence: evidenceId(call.id, question) } },
    effects: [say({ to: 'file', answer })],
    next: aside.next,
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
