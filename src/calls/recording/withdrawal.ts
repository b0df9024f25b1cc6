import type { Party } from '../../contracts/consent.ts';
import { type ActivityState, type Call, isOver } from '../call.ts';
import { andThen, type Transition, unchanged } from '../effects.ts';
import { partiesOf } from './parties.ts';
import { closeRecorder } from './recorder.ts';

/** Nobody is recorded any more who has withdrawn their consent, whatever they answered in this call before. */
export function consentWithdrawn(call: Call, consent: string, now: number): Transition {
  const { consentOnFile, consent: answered, attachments, activity } = call;
  const onFile = Object.fromEntries(Object.entries(consentOnFile?.onFile ?? {}).filter(([, id]) => id !== consent));
  const asked = answered?.evidence === consent ? { consent: { is: 'refused' as const } } : {};
  const without: Call = {
    ...call,
    ...(consentOnFile && { consentOnFile: { ...consentOnFile, onFile } }),
    ...asked,
    ...(activity && { activity: withPartner(activity, consent) }),
  };
  return attachments.recorder?.consents.includes(consent) ? closeRecorder(without, now) : unchanged(without);
}

const withPartner = (activity: ActivityState, consent: string): ActivityState =>
  activity.partner?.evidence === consent
    ? { ...activity, partner: { ...activity.partner, consent: 'refused' } }
    : activity;

/** A consent on file that has expired counts as one that is withdrawn: what is recorded under it ends. */
export const endExpiredConsents = (call: Call, now: number): Transition =>
  onFileWithEnd(call).reduce(
    (step, { evidence, until }) => (until > now ? step : andThen(step, (it) => consentWithdrawn(it, evidence, now))),
    unchanged(call),
  );

/** Keeps the timer at the moment when the first consent expires under which the call is being recorded. */
export function withConsentTimer(before: Call, step: Transition): Transition {
  const at = recordedUntil(step.call);
  if (at === recordedUntil(before) || isOver(step.call)) return step;
  const timer = at === undefined ? { do: 'timer.clear' as const } : { do: 'timer.set' as const, at };
  return { ...step, effects: [...step.effects, { ...timer, name: 'consent' }] };
}

const recordedUntil = (call: Call): number | undefined =>
  call.attachments.recorder
    ? onFileWithEnd(call).reduce<number | undefined>((first, { until }) => Math.min(first ?? until, until), undefined)
    : undefined;

type ExpiringParty = Party & { evidence: string; until: number };

const onFileWithEnd = (call: Call): ExpiringParty[] => partiesOf(call).filter(expires);

const expires = (party: Party): party is ExpiringParty =>
  party.consent === 'on-file' && party.evidence !== undefined && party.until !== undefined;
