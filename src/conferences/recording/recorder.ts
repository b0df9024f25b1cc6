import type { RecordingPermission } from '../../consents/policy.ts';
import type { PartyConsent } from '../../contracts/consent.ts';
import {
  failureOf,
  type NewRecording,
  type RecorderEvent,
  type RecorderState,
  type RecordingOrder,
} from '../../contracts/recording.ts';
import { defined } from '../../lib/defined.ts';
import { derivedId } from '../../lib/ids.ts';
import { keptUntil } from '../../retention/retention.ts';
import { bridgeOf, type Conference, type ConferenceRecorder, type Participant } from '../conference.ts';
import {
  andThen,
  type ConferenceEffect,
  type ConferenceTransition,
  changeParticipant,
  inBridge,
  send,
  settlePlacements,
  unchanged,
} from '../effects.ts';
import { isConsentMissing, permissionIn, policyKnown, recordedParticipants } from './consent.ts';

/** After every event: the recorder hears only a bridge on which everyone has agreed, and who has not been asked is asked. */
export function settleRecorder(conference: Conference, now: number): ConferenceTransition {
  if (!conference.record && !conference.recorder) return unchanged(conference);
  const closed = withoutBridge(conference, now);
  const paused = andThen(closed, (it) => pause(it, now));
  return andThen(
    andThen(paused, (it) => open(it, now)),
    askAll,
  );
}

/** With its bridge a recorder has closed. */
function withoutBridge(conference: Conference, now: number): ConferenceTransition {
  const { recorder } = conference;
  const isThere = recorder?.bridge === bridgeOf(conference) && inBridge(conference).length > 0;
  return !recorder || isThere ? unchanged(conference) : forget(conference, { type: 'stopped', at: now });
}

function forget(conference: Conference, event: RecorderEvent): ConferenceTransition {
  const { recorder, ...rest } = conference;
  if (!recorder) return unchanged(conference);
  return { conference: rest, effects: [{ do: 'tell-recording', message: { recording: recorder.id, event } }] };
}

function pause(conference: Conference, now: number): ConferenceTransition {
  const { recorder } = conference;
  if (recorder?.is !== 'on' || permissionIn(recordedParticipants(conference)).all === 'record')
    return unchanged(conference);
  return {
    conference: { ...conference, recorder: { ...recorder, is: 'pausing' } },
    effects: [command(recorder, 'paused'), sendToRecording(recorder, { type: 'paused', at: now })],
  };
}

/** Opens the recorder, or lets it hear again, where everyone has agreed. */
function open(conference: Conference, now: number): ConferenceTransition {
  const { recorder, record } = conference;
  // While it is being paused, nobody knows what it hears: the network answers first.
  if (!record || (recorder && recorder.is !== 'paused') || inBridge(conference).length === 0)
    return unchanged(conference);
  if (permissionIn(recordedParticipants(conference)).all !== 'record') return unchanged(conference);
  return recorder ? resume(conference, recorder, now) : begin(conference, record, now);
}

const consentsOf = (conference: Conference): string[] =>
  recordedParticipants(conference).flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]));

function begin(conference: Conference, order: RecordingOrder, now: number): ConferenceTransition {
  const id = derivedId('RE', conference.id, conference.recordings + 1, now);
  const recorder: ConferenceRecorder = { id, bridge: bridgeOf(conference), is: 'on', consents: consentsOf(conference) };
  return {
    conference: { ...conference, recordings: conference.recordings + 1, recorder },
    effects: [
      { do: 'tell-recording', message: { begin: factsFor(conference, recorder, order, now) } },
      { do: 'command', bridge: recorder.bridge, instruction: { do: 'record', recording: id, order } },
    ],
  };
}

function factsFor(
  conference: Conference,
  { id, consents }: ConferenceRecorder,
  { channels, source, statusCallback, statusEvents }: RecordingOrder,
  now: number,
): NewRecording {
  const { accountId, mode, secrets, home, keep } = conference;
  return {
    id,
    accountId,
    mode,
    conferenceId: conference.id,
    channels,
    source,
    startedAt: now,
    expiresAt: keptUntil('recording', now, keep === undefined ? {} : { recording: keep }),
    consents,
    secrets,
    ...defined({ gateway: home }),
    ...(statusCallback !== undefined && { statusCallback, ...(statusEvents && { statusEvents }) }),
  };
}

function resume(conference: Conference, recorder: ConferenceRecorder, now: number): ConferenceTransition {
  const consents = [...new Set([...recorder.consents, ...consentsOf(conference)])];
  const { id: recording } = recorder;
  const covered: ConferenceEffect[] =
    consents.length > recorder.consents.length
      ? [{ do: 'tell-recording', message: { recording, event: { type: 'covered', at: now, consents } } }]
      : [];
  return {
    conference: { ...conference, recorder: { ...recorder, is: 'on', consents } },
    effects: [
      ...covered,
      // It goes on as the customer wants it, which may be silence.
      ...(recorder.wanted === 'paused' ? [] : [command(recorder, recorder.wanted ?? 'on')]),
      ...(recorder.wanted ? [] : [sendToRecording(recorder, { type: 'resumed', at: now })]),
    ],
  };
}

const sendToRecording = ({ id }: ConferenceRecorder, event: RecorderEvent): ConferenceEffect => ({
  do: 'tell-recording',
  message: { recording: id, event },
});

const command = ({ id, bridge }: ConferenceRecorder, is: RecorderState): ConferenceEffect => ({
  do: 'command',
  bridge,
  instruction: { do: 'recorder', recording: id, is },
});

/** Those in the bridge whose answer is missing under the policy that holds now. */
function askAll(conference: Conference): ConferenceTransition {
  if (!conference.record) return unchanged(conference);
  const policy = policyKnown(conference);
  const missing = recordedParticipants(conference).filter(
    ({ asking, placement, partyConsent }) =>
      !asking && placement?.is === 'joined' && isConsentMissing(partyConsent, policy),
  );
  return missing.reduce(
    (step, participant) => andThen(step, (it) => ask(it, participant, policy)),
    unchanged(conference),
  );
}

function ask(
  conference: Conference,
  participant: Participant,
  policy: RecordingPermission['policy'],
): ConferenceTransition {
  const asking = changeParticipant(conference, participant.call, (it) => ({ ...it, asking: true }));
  return send(asking, participant, {
    type: 'conference.ask-consent',
    policy,
    ...defined({ notice: conference.notice }),
  });
}

/** Silence and a question that could not be asked are told apart: only the first is a refusal. */
export function consentAnswered(
  conference: Conference,
  {
    call,
    stay,
    partyConsent,
    evidence,
    keep,
  }: { call: string; stay: number; partyConsent: PartyConsent; evidence?: string; keep?: string },
): ConferenceTransition {
  const participant = conference.participants.find((it) => it.call === call && it.stay === stay);
  if (!participant) return unchanged(conference);
  const known: Conference = { ...conference, ...(keep !== undefined && { keep: conference.keep ?? keep }) };
  return unchanged(
    changeParticipant(known, call, ({ asking: _answered, evidence: _before, ...it }) => ({
      ...it,
      partyConsent,
      ...defined({ evidence }),
    })),
  );
}

/** As the customer wants it. A conference whose recording was stopped is not recorded any more. */
export function changeRecorder(conference: Conference, is: RecorderState, now: number): ConferenceTransition {
  const { recorder } = conference;
  if (!recorder) return unchanged(conference);
  if (is === 'off') {
    const { record: _done, ...closed } = forget(conference, { type: 'stopped', at: now }).conference;
    const settled = settlePlacements(closed);
    const effects = [command(recorder, 'off'), sendToRecording(recorder, { type: 'stopped', at: now })];
    return { conference: settled.conference, effects: [...effects, ...settled.effects] };
  }
  const { wanted: before, ...plain } = recorder;
  const next: ConferenceRecorder = is === 'on' ? plain : { ...plain, wanted: is };
  if (before === next.wanted) return unchanged(conference);
  // While it does not hear because of somebody, nothing changes but what comes after.
  const effects = recorder.is === 'on' ? [command(recorder, is), ...toldOf(recorder, before, next.wanted, now)] : [];
  return { conference: { ...conference, recorder: next }, effects };
}

function toldOf(
  recorder: ConferenceRecorder,
  before: string | undefined,
  after: string | undefined,
  at: number,
): ConferenceEffect[] {
  if ((before === undefined) === (after === undefined)) return [];
  return [sendToRecording(recorder, { type: after === undefined ? 'resumed' : 'paused', at })];
}

/** The network says that nothing is heard any more: whoever waited for it may come in. */
export function recorderPaused(conference: Conference, recording: string): ConferenceTransition {
  const { recorder } = conference;
  if (recorder?.id !== recording || recorder.is !== 'pausing') return unchanged(conference);
  return settlePlacements({ ...conference, recorder: { ...recorder, is: 'paused' } });
}

/** It is not tried again: what broke once would break for ever. */
export function recorderFailed(
  conference: Conference,
  recording: string,
  reason: string,
  now: number,
): ConferenceTransition {
  if (conference.recorder?.id !== recording) return unchanged(conference);
  const failed = forget(conference, failureOf(reason, now));
  const { record: _given, ...rest } = failed.conference;
  const settled = settlePlacements(rest);
  return { conference: settled.conference, effects: [...failed.effects, ...settled.effects] };
}

/** Nothing more is recorded under it: whoever gave it counts as one who has refused. */
export function consentWithdrawn(conference: Conference, consent: string, now: number): ConferenceTransition {
  const participants = conference.participants.map((it) =>
    it.evidence === consent && it.partyConsent
      ? { ...it, partyConsent: { ...it.partyConsent, consent: 'refused' as const } }
      : it,
  );
  const { recorder } = conference;
  const without = { ...conference, participants };
  if (!recorder?.consents.includes(consent)) return unchanged(without);
  const closed = forget(without, { type: 'stopped', at: now });
  return { conference: closed.conference, effects: [command(recorder, 'off'), ...closed.effects] };
}

/** A consent on file that has expired counts as one that is withdrawn. */
export const endExpiredConsents = (conference: Conference, now: number): ConferenceTransition =>
  expiringParticipants(conference).reduce(
    (step, { evidence, until }) => (until > now ? step : andThen(step, (it) => consentWithdrawn(it, evidence, now))),
    unchanged(conference),
  );

/** Keeps the timer at the moment when the first consent expires under which the conference is being recorded. */
export function withConsentTimer(before: Conference, step: ConferenceTransition): ConferenceTransition {
  const at = recordedUntil(step.conference);
  if (at === recordedUntil(before) || step.conference.status === 'completed') return step;
  const timer = at === undefined ? { do: 'timer.clear' as const } : { do: 'timer.set' as const, at };
  return { ...step, effects: [...step.effects, { ...timer, name: 'consent' }] };
}

const recordedUntil = (conference: Conference): number | undefined =>
  conference.recorder
    ? expiringParticipants(conference).reduce<number | undefined>(
        (first, { until }) => Math.min(first ?? until, until),
        undefined,
      )
    : undefined;

const expiringParticipants = ({ participants }: Conference): { evidence: string; until: number }[] =>
  participants.flatMap(({ evidence, partyConsent }) =>
    partyConsent?.consent === 'on-file' && partyConsent.until !== undefined && evidence !== undefined
      ? [{ evidence, until: partyConsent.until }]
      : [],
  );
