import type { RecorderRefusal } from '../../contracts/call.ts';
import type { ConsentOnFile } from '../../contracts/consent.ts';
import type {
  NewRecording,
  RecorderEvent,
  RecorderRequest,
  RecorderState,
  RecordingOrder,
} from '../../contracts/recording.ts';
import { defined } from '../../lib/defined.ts';
import { derivedId } from '../../lib/ids.ts';
import { keptUntil } from '../../retention/retention.ts';
import type { Call, Recorder } from '../call.ts';
import { andThen, command, type Effect, log, send, type Transition, unchanged } from '../effects.ts';
import { evidenceOf, permissionFor } from './parties.ts';

const stateOf = ({ wanted, held }: Recorder): Exclude<RecorderState, 'off'> => (held ? 'paused' : wanted);

/** Whether a call of this moment could be recorded: the only way to a recorder that is open. */
export const mayOpen = (call: Call): boolean =>
  call.answeredAt !== undefined &&
  !call.attachments.recorder &&
  !call.activity?.recordedBy &&
  permissionFor(call).all === 'record';

/** Why a request to record is refused; undefined when it is not. */
export function recordRefusal(call: Call, consentOnFile: ConsentOnFile): RecorderRefusal | undefined {
  if (call.status !== 'in-progress') return 'call_not_in_progress';
  if (call.attachments.recorder) return 'call_recorded_already';
  if (call.activity?.recordedBy === 'conference') return 'call_in_conference';
  return mayOpen({ ...call, consentOnFile }) ? undefined : 'recording_consent_required';
}

/** Opens the recorder, if everyone on the line is covered; else it stays closed, which is noted. */
export function openRecorder(call: Call, order: RecordingOrder, now: number): Transition {
  if (call.attachments.recorder) return log(call, { type: 'recording.refused', reason: 'recorded-already' });
  if (!mayOpen(call)) return log(call, { type: 'recording.refused', reason: 'consent' });
  const id = derivedId('RE', call.id, call.recordings + 1, now);
  const consents = evidenceOf(call);
  const recorder: Recorder = { id, order, startedAt: now, wanted: 'on', held: false, consents };
  const { maxSeconds } = order;
  const effects: Effect[] = [
    send({ to: 'recording', begin: factsFor(call, recorder) }),
    { do: 'command', instruction: { do: 'record', recording: id, order } },
    ...(maxSeconds === undefined
      ? []
      : [{ do: 'timer.set', name: 'record', at: now + maxSeconds * 1000 } satisfies Effect]),
    { do: 'log', entry: { type: 'recording.started', recording: id } },
  ];
  return { call: withRecorder({ ...call, recordings: call.recordings + 1 }, recorder), effects };
}

const withRecorder = (call: Call, recorder: Recorder): Call => ({
  ...call,
  attachments: { ...call.attachments, recorder },
});

/** Whether this recording is made at the moment. */
export const isOpenRecorder = ({ attachments }: Call, recording: string): boolean =>
  attachments.recorder?.id === recording;

function factsFor(call: Call, { id, order, startedAt, consents }: Recorder): NewRecording {
  const { accountId, mode, secrets, gateway, retention } = call;
  const { channels, source, statusCallback, statusEvents } = order;
  return {
    id,
    accountId,
    mode,
    callId: call.id,
    channels,
    source,
    startedAt,
    expiresAt: keptUntil('recording', startedAt, retention),
    consents,
    secrets,
    ...defined({ gateway }),
    ...(statusCallback !== undefined && { statusCallback, ...(statusEvents && { statusEvents }) }),
  };
}

/** What a verb, or the customer, wants of the recorder. */
export function orderRecorder(call: Call, wish: RecorderRequest, now: number): Transition {
  if (wish.do === 'start') return openRecorder(call, wish.order, now);
  return wish.is === 'off' ? closeRecorder(call, now) : want(call, wish.is, now);
}

const want = (call: Call, wanted: Recorder['wanted'], now: number): Transition =>
  call.attachments.recorder ? change(call, { ...call.attachments.recorder, wanted }, now) : unchanged(call);

/** Who is on the line has changed, or what they said: the recorder hears only where everyone has agreed. */
export function adjustRecorder(call: Call, now: number): Transition {
  const { recorder } = call.attachments;
  if (!recorder) return unchanged(call);
  const { all, parties } = permissionFor(call);
  // Who has refused in this call is not recorded again; one who is only connected with it goes away again.
  if (parties[0] === 'never') return closeRecorder(call, now);
  const held = call.activity?.recordedBy !== undefined || all !== 'record';
  const consents = held ? recorder.consents : [...new Set([...recorder.consents, ...evidenceOf(call)])];
  return change(call, { ...recorder, held, consents }, now);
}

function change(call: Call, next: Recorder, now: number): Transition {
  const { recorder } = call.attachments;
  if (!recorder) return unchanged(call);
  const covered: Effect[] =
    next.consents.length > recorder.consents.length
      ? [sendToRecording(next.id, { type: 'covered', at: now, consents: next.consents })]
      : [];
  const changed: Transition = { call: withRecorder(call, next), effects: covered };
  const is = stateOf(next);
  if (is === stateOf(recorder)) return changed;
  const type = is === 'on' ? 'resumed' : 'paused';
  return andThen(changed, (it) => ({
    call: it,
    effects: [
      { do: 'command', instruction: { do: 'recorder', recording: next.id, is } },
      sendToRecording(next.id, { type, at: now }),
      { do: 'log', entry: { type: `recording.${type}`, recording: next.id } },
    ],
  }));
}

export function closeRecorder(call: Call, now: number): Transition {
  const { recorder } = call.attachments;
  if (!recorder) return unchanged(call);
  const closed = forgetRecorder(call, { type: 'stopped', at: now });
  return andThen(closed, (it) => command(it, { do: 'recorder', recording: recorder.id, is: 'off' }));
}

/** The recorder is closed already: the leg is gone, or the recorder broke. */
export function forgetRecorder(call: Call, event: Extract<RecorderEvent, { type: 'stopped' | 'failed' }>): Transition {
  const isFailure = event.type === 'failed' || event.reason !== undefined;
  const { recorder, ...attachments } = call.attachments;
  if (!recorder) return unchanged(call);
  const seconds = Math.round((event.at - recorder.startedAt) / 1000);
  return {
    call: { ...call, attachments, lastRecording: { id: recorder.id, seconds } },
    effects: [
      { do: 'timer.clear', name: 'record' },
      sendToRecording(recorder.id, event),
      { do: 'log', entry: { type: isFailure ? 'recording.failed' : 'recording.stopped', recording: recorder.id } },
    ],
  };
}

const sendToRecording = (recording: string, event: RecorderEvent): Effect =>
  send({ to: 'recording', recording, event });

/** One that broke off leaves what it has heard; one that was refused has heard nothing. */
export const failureOf = (reason: string, at: number): Extract<RecorderEvent, { type: 'stopped' | 'failed' }> =>
  reason === 'recorder-broke' ? { type: 'stopped', at, reason } : { type: 'failed', at, reason };
