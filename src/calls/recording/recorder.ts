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
import { evidenceOf, permissionFor, withConsentOnFile } from './parties.ts';

const effectiveState = ({ wanted, suspended }: Recorder): Exclude<RecorderState, 'off'> =>
  suspended ? 'paused' : wanted;

/** Whether a recorder may open on the line as it is. No recorder opens without this. */
export const canRecord = (call: Call): boolean =>
  call.answeredAt !== undefined &&
  !call.attachments.recorder &&
  !call.activity?.recordedBy &&
  permissionFor(call).all === 'record';

/** The reason to refuse a request to record; undefined when it is granted. */
export function recordRefusal(call: Call, consentOnFile: ConsentOnFile): RecorderRefusal | undefined {
  if (call.status !== 'in-progress') return 'call_not_in_progress';
  if (call.attachments.recorder) return 'call_recorded_already';
  if (call.activity?.recordedBy === 'conference') return 'call_in_conference';
  return canRecord(withConsentOnFile(call, consentOnFile)) ? undefined : 'recording_consent_required';
}

/** Opens a recorder if everyone on the line has agreed; otherwise the timeline tells why it stays closed. */
export function startRecorder(call: Call, order: RecordingOrder, now: number): Transition {
  if (call.attachments.recorder) return log(call, { type: 'recording.refused', reason: 'recorded-already' });
  if (!canRecord(call)) return log(call, { type: 'recording.refused', reason: 'consent' });
  const id = derivedId('RE', call.id, call.recordings + 1, now);
  const consents = evidenceOf(call);
  const recorder: Recorder = { id, order, startedAt: now, wanted: 'on', suspended: false, consents };
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

/** Whether the recorder that is open makes this recording. */
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

/** Does what a verb, or the customer, wants of the recorder. */
export function applyRecorderRequest(call: Call, wish: RecorderRequest, now: number): Transition {
  if (wish.do === 'start') return startRecorder(call, wish.order, now);
  return wish.is === 'off' ? closeRecorder(call, now) : setWanted(call, wish.is, now);
}

const setWanted = (call: Call, wanted: Recorder['wanted'], now: number): Transition =>
  call.attachments.recorder ? changeRecorder(call, { ...call.attachments.recorder, wanted }, now) : unchanged(call);

/** Adjusts the recorder to who is on the line, and to what they answered: it hears only a line on which everyone has agreed. */
export function adjustRecorder(call: Call, now: number): Transition {
  const { recorder } = call.attachments;
  if (!recorder) return unchanged(call);
  const { all, parties } = permissionFor(call);
  // A party that has refused is not recorded again in this call; somebody it only talks with goes away again.
  if (parties[0] === 'never') return closeRecorder(call, now);
  const suspended = call.activity?.recordedBy !== undefined || all !== 'record';
  const consents = suspended ? recorder.consents : [...new Set([...recorder.consents, ...evidenceOf(call)])];
  return changeRecorder(call, { ...recorder, suspended, consents }, now);
}

function changeRecorder(call: Call, next: Recorder, now: number): Transition {
  const { recorder } = call.attachments;
  if (!recorder) return unchanged(call);
  const covered: Effect[] =
    next.consents.length > recorder.consents.length
      ? [sendToRecording(next.id, { type: 'covered', at: now, consents: next.consents })]
      : [];
  const changed: Transition = { call: withRecorder(call, next), effects: covered };
  const is = effectiveState(next);
  if (is === effectiveState(recorder)) return changed;
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
  const closed = detachRecorder(call, { type: 'stopped', at: now });
  return andThen(closed, (it) => command(it, { do: 'recorder', recording: recorder.id, is: 'off' }));
}

/** Lets go of a recorder that the network has closed: the leg is gone, or the recorder broke. */
export function detachRecorder(call: Call, event: Extract<RecorderEvent, { type: 'stopped' | 'failed' }>): Transition {
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
