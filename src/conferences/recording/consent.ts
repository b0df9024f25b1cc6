import { judge, type RecordingPermission, strictest } from '../../consents/policy.ts';
import type { PartyConsent, RecordingPolicy } from '../../contracts/consent.ts';
import { type Conference, type Participant, present } from '../conference.ts';

/** Who of a conference has agreed to be recorded. */

const UNKNOWN: PartyConsent = { policy: 'all_party_opt_in', consent: 'none' };

/** Who hears the others, or will as soon as the recorder permits. */
export const recordedParticipants = (conference: Conference): Participant[] =>
  conference.startedAt === undefined ? [] : present(conference).filter(({ hold }) => !hold);

export const permissionIn = (people: Participant[]): RecordingPermission =>
  judge(people.map(({ partyConsent }) => partyConsent ?? UNKNOWN));

/** Whether somebody who comes has to wait, for an instant, until the recorder does not hear any more. */
export const mustWait = (conference: Conference): boolean =>
  conference.recorder !== undefined &&
  conference.recorder.is !== 'paused' &&
  permissionIn(recordedParticipants(conference)).all !== 'record';

/** The policy of those who have answered; the call of one who has not knows what holds for its own country. */
export function policyKnown(conference: Conference): RecordingPolicy {
  const known = recordedParticipants(conference).flatMap(({ partyConsent }) =>
    partyConsent ? [partyConsent.policy] : [],
  );
  return known.length === 0 ? 'announce' : strictest(known);
}

/** Whether somebody has to be asked, or asked again. */
export const isConsentMissing = (stance: PartyConsent | undefined, policy: RecordingPolicy): boolean => {
  const verdict = stance && judge([{ ...stance, policy: strictest([stance.policy, policy]) }]).all;
  return verdict === undefined || verdict === 'ask' || verdict === 'announce';
};
