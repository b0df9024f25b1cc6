import type { CallStatus } from '../../contracts/call.ts';
import type { RecordingPolicy } from '../../contracts/consent.ts';
import type { DialTarget } from '../../contracts/orders.ts';
import { withWholeOrder } from '../../contracts/upgrade-orders.ts';
import type { Verb } from '../../flow/verb.ts';
import { defined } from '../../lib/defined.ts';
import type { ActivityState, AfterConsent, Call, Recorder } from '../call.ts';
import type { CallState } from './state.ts';

/**
 * Reads rows from before activities: what a call was busy with was spread over fields of its own, its recorder was one of
 * them, and a message to a conference named the conference beside the entry. All but what is named here was as it is now.
 */

type OldAfterConsent = 'begin' | 'ready' | 'conference' | Exclude<AfterConsent, string>;
type OldFlow = { is: 'looking'; next: OldAfterConsent } | Exclude<NonNullable<Call['flow']>, { is: 'looking' }>;

export interface OldCall extends Omit<Call, 'activity' | 'attachments' | 'flow' | 'pendingNotice' | 'legsPlaced'> {
  placed: number;
  flow?: OldFlow;
  pendingNotice?: { is: 'asking' | 'telling'; next: OldAfterConsent };
  recorder?: Omit<Recorder, 'suspended'> & { held: boolean };
  /** Of a dialled leg, until it had nothing more to hear; or what a participant did after its whisper. */
  afterwards?: 'connect' | Verb[];
  participantOf?: string;
  recordedUnder?: RecordingPolicy;
  dialing?: Omit<ActivityState, 'kind'> & { legs: { id: string; over?: CallStatus }[]; left: DialTarget[] };
  meeting?: Omit<ActivityState, 'kind'> & { stay: number; heard: number; order: { name: string; timeLimit: number } };
}

export function toActivities(old: OldCall): Call {
  const { afterwards, participantOf, recordedUnder, dialing, meeting, recorder, flow, pendingNotice, placed, ...rest } =
    old;
  const isDetecting = old.detectMachine && old.answeredAt !== undefined && old.answeredBy === undefined;
  const isOver = old.endedAt !== undefined;
  return {
    ...rest,
    legsPlaced: placed,
    attachments: isOver
      ? {}
      : {
          ...(recorder && { recorder: toRecorder(recorder) }),
          ...(isDetecting && { machineDetection: { startedAt: old.answeredAt ?? 0 } }),
        },
    ...defined({
      flow: flow?.is === 'looking' ? { is: flow.is, next: afterConsent(flow.next) } : flow,
      pendingNotice: pendingNotice && { ...pendingNotice, next: afterConsent(pendingNotice.next) },
      activity: isOver ? undefined : activityOf(old),
    }),
  };
}

const afterConsent = (next: OldAfterConsent): AfterConsent =>
  next === 'ready' || next === 'conference' ? 'activity' : next;

function activityOf(old: OldCall): ActivityState | undefined {
  const { dialing, meeting, parentId, participantOf, afterwards, recordedUnder } = old;
  if (dialing) {
    const { legs, left: targetsLeft, ...rest } = dialing;
    return kindOf('dial', { ...rest, legs: legs.map(({ id, over }) => defined({ id, ended: over })), targetsLeft });
  }
  if (meeting) {
    const { heard: lastMessage, ...rest } = meeting;
    return kindOf('conference', { ...rest, lastMessage, recordedBy: 'conference', ...defined({ recordedUnder }) });
  }
  if (parentId !== undefined)
    return kindOf('dial-leg', { parent: parentId, ...stateOfLeg(old), ...defined({ recordedUnder }) });
  if (participantOf === undefined || old.stays > 0) return undefined;
  return kindOf('participant-leg', { conference: participantOf, entry: afterwards ?? [] });
}

function toRecorder({ held: suspended, ...recorder }: NonNullable<OldCall['recorder']>): Recorder {
  return { ...recorder, suspended };
}

/** The state of an activity has more than is known of every activity. */
const kindOf = (kind: string, state: object): ActivityState => ({ kind, ...state });

/** A leg that had nothing more to hear was ready for an instant, and connected for the rest of its life. */
function stateOfLeg({ afterwards, flow, pendingNotice, answeredAt, startedAt }: OldCall): object {
  const isAsked = (flow?.is === 'looking' && flow.next === 'ready') || pendingNotice?.next === 'ready';
  if (afterwards === 'connect' || isAsked) return { is: 'preparing' };
  // It was not told whether the caller may be recorded: nobody has agreed.
  return { is: 'connected', partner: { consent: 'none' }, connectedAt: answeredAt ?? startedAt };
}

export interface OldCallState extends Omit<CallState, 'call' | 'timers' | 'commands' | 'messages'> {
  call: OldCall;
  timers: { [Name in 'ring' | 'limit' | 'verb' | 'stay' | 'record']?: number };
  commands: Omit<CallState['commands'], 'messages'> & { messages: Parameters<typeof withWholeOrder>[0][] };
  messages: Omit<CallState['messages'], 'messages'> & { messages: OldMessage[] };
}

type OldMessage = CallState['messages']['messages'][number] | { to: 'conference'; name: string; event: OldEntry };
interface OldEntry {
  stay: number;
  type: 'participant.entered';
  entry: object;
}

/** The whole row: also its timers, and what had not left the object yet. */
export const withActivities = ({ call, timers, commands, messages, ...rest }: OldCallState): CallState => ({
  ...rest,
  call: toActivities(call),
  timers: toTimers(timers, call),
  commands: { ...commands, messages: commands.messages.map(withWholeOrder) },
  messages: { ...messages, messages: messages.messages.map((message) => withWholeEntry(message, call)) },
});

/** An activity has one timer; a dial had the verb's, and a conference one of its own. */
function toTimers({ stay, verb, ...others }: OldCallState['timers'], { dialing }: OldCall): CallState['timers'] {
  return { ...others, ...(dialing ? defined({ activity: verb }) : defined({ verb, activity: stay })) };
}

function withWholeEntry(message: OldMessage, { meeting }: OldCall): CallState['messages']['messages'][number] {
  if (!('name' in message)) return message;
  const { to, name, event } = message;
  const { order = {} } = meeting?.stay === event.stay ? meeting : {};
  const entry = { ...order, ...event.entry, name };
  return { to, event: { ...event, entry } } as CallState['messages']['messages'][number];
}
