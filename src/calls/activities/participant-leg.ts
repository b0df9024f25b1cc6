import type { Verb } from '../../flow/verb.ts';
import { type ActivityState, type Call, isOver } from '../call.ts';
import { send, type Transition, unchanged } from '../effects.ts';
import { type Activity, withoutActivity } from './activity.ts';
import { released, requestWhisper, WHISPER_VERBS } from './called-leg.ts';

/** A call that a conference has made is busy with this until it enters the conference. */
export interface ParticipantLegState extends ActivityState {
  kind: 'participant-leg';
  /** The conference that waits for this call. */
  conference: string;
  /** The document that enters the conference, which runs once the whisper was heard. */
  entry: Verb[];
}

/** The state with which a call begins that a conference makes. */
export const newParticipantLeg = (conference: string, entry: Verb[]): ParticipantLegState => ({
  kind: 'participant-leg',
  conference,
  entry,
});

export const participantLegActivity: Activity<ParticipantLegState> = {
  kind: 'participant-leg',
  on: {
    'call.status-changed': (call, state, _event, now) => reportStatus(call, state, call.status, now),
    'document.ended': (call, { entry }) =>
      requestWhisper(call) ?? { ...unchanged(withoutActivity(call)), next: { do: 'run-document', document: entry } },
    // The conference is over before the call was in it.
    'conference.message': (call, { conference }, { message }) =>
      message.type === 'conference.remove' && message.conference === conference
        ? { ...unchanged(call), next: released(call) }
        : undefined,
  },
  interrupt: (call, state, now) =>
    reportStatus(withoutActivity(call), state, isOver(call) ? call.status : 'completed', now),
  verbs: WHISPER_VERBS,
};

/** The conference shows whether the phone rings, and does not wait for a call that is over. */
const reportStatus = (
  call: Call,
  { conference }: ParticipantLegState,
  callStatus: Call['status'],
  at: number,
): Transition => ({
  call,
  effects: [
    send({
      to: 'conference',
      conference,
      event: { call: call.id, stay: 0, type: 'participant.calling', callStatus, at },
    }),
  ],
});
