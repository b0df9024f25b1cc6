import { judge, type Permission, type RecordingPolicy, type Stance, strictest } from '../../consents/policy.ts';
import { type Participant, present, type Room } from '../conference.ts';

/** Who of a room has agreed to be recorded. */

const UNKNOWN: Stance = { policy: 'all_party_opt_in', consent: 'none' };

/** Who hears the others, or will as soon as the recorder permits. */
export const wanting = (room: Room): Participant[] =>
  room.startedAt === undefined ? [] : present(room).filter(({ hold }) => !hold);

export const permissionIn = (people: Participant[]): Permission => judge(people.map(({ stance }) => stance ?? UNKNOWN));

/** Whether somebody who comes has to wait, for an instant, until the recorder does not hear any more. */
export const mustWait = (room: Room): boolean =>
  room.recorder !== undefined && room.recorder.is !== 'paused' && permissionIn(wanting(room)).all !== 'record';

/** The policy of those who have answered; the call of one who has not knows what holds for its own country. */
export function policyKnown(room: Room): RecordingPolicy {
  const known = wanting(room).flatMap(({ stance }) => (stance ? [stance.policy] : []));
  return known.length === 0 ? 'announce' : strictest(known);
}

/** Whether somebody has to be asked, or asked again. */
export const isMissing = (stance: Stance | undefined, policy: RecordingPolicy): boolean => {
  const verdict = stance && judge([{ ...stance, policy: strictest([stance.policy, policy]) }]).all;
  return verdict === undefined || verdict === 'ask' || verdict === 'announce';
};
