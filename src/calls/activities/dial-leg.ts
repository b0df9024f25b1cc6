import type { RecordingPolicy } from '../../contracts/consent.ts';
import { defined } from '../../lib/defined.ts';
import type { OmitFromEach } from '../../lib/omit-from-each.ts';
import { type ActivityState, type Call, isOver } from '../call.ts';
import { andThen, command, type Effect, send, type Transition, unchanged } from '../effects.ts';
import { requestConsentOnFile } from '../recording/consent.ts';
import { ownParty } from '../recording/parties.ts';
import { adjustRecorder } from '../recording/recorder.ts';
import { type Activity, withoutActivity } from './activity.ts';
import { released, requestWhisper, WHISPER_VERBS } from './called-leg.ts';
import { DIAL_REFUSALS, type DialLegEvent, type DialRefusal, type ParentEvent } from './messages.ts';

/** A leg that another call has dialled is busy with this from its birth to its end. */
export interface DialLegState extends ActivityState {
  kind: 'dial-leg';
  /** The call that dialled this one. */
  parent: string;
  /**
   * The leg is `preparing` until it is answered, its keys are pressed, its whisper was heard and its party was asked whether
   * it may be recorded. It is `ready` until the parent call connects it.
   */
  is: 'preparing' | 'ready' | 'connected';
}

/** The state with which a dialled leg begins; `recordedUnder` is given when the parent call is recorded, or is to be. */
export const newDialLeg = (parent: string, recordedUnder?: RecordingPolicy): DialLegState => ({
  kind: 'dial-leg',
  parent,
  is: 'preparing',
  ...defined({ recordedUnder }),
});

export const dialLegActivity: Activity<DialLegState> = {
  kind: 'dial-leg',
  on: {
    'document.ended': (call, state, _event, now) => {
      const whisper = requestWhisper(call);
      if (whisper) return whisper;
      return state.recordedUnder ? requestConsentOnFile(call, 'activity', now) : ready(call, state);
    },
    'consent.settled': ready,
    'parent.connect': connect,
    'parent.party-changed': (call, state, { party }, now) =>
      state.is === 'connected' ? adjustRecorder(withState(call, { ...state, partner: party }), now) : unchanged(call),
    'parent.release': (call) => ({ ...unchanged(call), next: released(call) }),
    // The only bridge that a dialled leg is ever in is its parent's.
    'leg.left': (call, { is }) => ({
      ...unchanged(call),
      ...(is !== 'preparing' && { next: { do: 'hang-up', status: 'failed', reason: 'network-failure' } }),
    }),
  },
  interrupt(call, state) {
    const leave: Effect[] = state.is === 'connected' ? [{ do: 'command', instruction: { do: 'leave' } }] : [];
    const status = isOver(call) ? call.status : 'completed';
    return {
      call: withoutActivity(call),
      effects: [...leave, messageToParent(call, state, { type: 'dial-leg.ended', status, ...refusalOf(call) })],
    };
  },
  partyChanged: (call, state) =>
    state.is === 'preparing'
      ? []
      : [messageToParent(call, state, { type: 'dial-leg.party-changed', party: ownParty(call) })],
  verbs: WHISPER_VERBS,
};

const refusalOf = ({ answeredAt, endReason = 'hangup' }: Call): { refused?: DialRefusal } =>
  answeredAt === undefined && endReason in DIAL_REFUSALS
    ? { refused: DIAL_REFUSALS[endReason as keyof typeof DIAL_REFUSALS] }
    : {};

/** The leg and its parent hear each other from now on. */
function connect(
  call: Call,
  state: DialLegState,
  { bridge, party, seconds }: Extract<ParentEvent, { type: 'parent.connect' }>,
  now: number,
): Transition {
  if (state.is === 'preparing') return unchanged(call);
  // Of a caller of whom nothing is told nothing is known: nobody has agreed.
  const partner = party ?? { consent: 'none' as const };
  const { connectedAt = now, endsBy = seconds === undefined ? undefined : now + seconds * 1000 } = state;
  const connected: DialLegState = { ...state, is: 'connected', partner, connectedAt, ...defined({ endsBy }) };
  // The leg's own recorder does not hear the caller before it is known that they agree.
  const adjusted = adjustRecorder(withState(call, connected), now);
  return andThen(adjusted, (it) => command(it, { do: 'join', bridge, muted: false }));
}

/** Lets the leg wait for its parent call to connect it. */
function ready(call: Call, state: DialLegState): Transition {
  const told = messageToParent(call, state, { type: 'dial-leg.ready', party: ownParty(call) });
  return { call: withState(call, { ...state, is: 'ready' }), effects: [{ do: 'timer.clear', name: 'verb' }, told] };
}

const withState = (call: Call, activity: DialLegState): Call => ({ ...call, activity });

const messageToParent = (
  { id: leg }: Call,
  { parent }: DialLegState,
  event: OmitFromEach<DialLegEvent, 'leg'>,
): Effect => send({ to: 'parent', parent, event: { leg, ...event } as DialLegEvent });
