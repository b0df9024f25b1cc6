import { failureOf } from '../../calls/recording/recorder.ts';
import type { Permission, Stance } from '../../consents/policy.ts';
import type { Instruction } from '../../contracts/carrier.ts';
import type { RecorderState } from '../../contracts/recording-order.ts';
import { derivedId } from '../../lib/ids.ts';
import type { RecorderEvent } from '../../recordings/machine.ts';
import type { NewRecording } from '../../recordings/recording.ts';
import { keptUntil } from '../../retention/retention.ts';
import { bridgeOf, type Participant, type Room } from '../conference.ts';
import { after, change, type Effect, inBridge, type Step, say, settle, stay } from '../effects.ts';
import { isMissing, permissionIn, policyKnown, wanting } from './consent.ts';

/** The recorder that is open on a room's bridge. */
export interface RoomRecorder {
  id: string;
  bridge: string;
  /** `pausing` until the network has said that nothing is heard any more. */
  is: 'on' | 'pausing' | 'paused';
  /** What the customer wants of it while everyone agrees. */
  wanted?: 'paused' | 'silent';
  /** Ids of the consents that cover it. */
  consents: string[];
}

/** After every event: the recorder hears only a bridge on which everyone has agreed, and who has not been asked is asked. */
export function settleRecorder(room: Room, now: number): Step {
  if (!room.record && !room.recorder) return stay(room);
  const closed = withoutBridge(room, now);
  const paused = after(closed, (it) => pause(it, now));
  return after(
    after(paused, (it) => open(it, now)),
    askAll,
  );
}

/** With its bridge a recorder has closed. */
function withoutBridge(room: Room, now: number): Step {
  const { recorder } = room;
  const isThere = recorder?.bridge === bridgeOf(room) && inBridge(room).length > 0;
  return !recorder || isThere ? stay(room) : forget(room, { type: 'stopped', at: now });
}

function forget(room: Room, event: RecorderEvent): Step {
  const { recorder, ...rest } = room;
  if (!recorder) return stay(room);
  return { room: rest, effects: [{ do: 'record', word: { recording: recorder.id, event } }] };
}

function pause(room: Room, now: number): Step {
  const { recorder } = room;
  if (recorder?.is !== 'on' || permissionIn(wanting(room)).all === 'record') return stay(room);
  return {
    room: { ...room, recorder: { ...recorder, is: 'pausing' } },
    effects: [command(recorder, 'paused'), told(recorder, { type: 'paused', at: now })],
  };
}

/** Opens the recorder, or lets it hear again, where everyone has agreed. */
function open(room: Room, now: number): Step {
  const { recorder, record } = room;
  // While it is being paused, nobody knows what it hears: the network answers first.
  if (!record || (recorder && recorder.is !== 'paused') || inBridge(room).length === 0) return stay(room);
  if (permissionIn(wanting(room)).all !== 'record') return stay(room);
  return recorder ? resume(room, recorder, now) : begin(room, now);
}

const consentsOf = (room: Room): string[] =>
  wanting(room).flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]));

function begin(room: Room, now: number): Step {
  const id = derivedId('RE', room.id, room.recordings + 1, now);
  const recorder: RoomRecorder = { id, bridge: bridgeOf(room), is: 'on', consents: consentsOf(room) };
  const trim = room.record?.trim;
  const instruction: Instruction = { do: 'record', recording: id, channels: 1, ...(trim && { trim }) };
  return {
    room: { ...room, recordings: room.recordings + 1, recorder },
    effects: [
      { do: 'record', word: { begin: factsFor(room, recorder, now) } },
      { do: 'command', bridge: recorder.bridge, instruction },
    ],
  };
}

function factsFor(room: Room, { id, consents }: RoomRecorder, now: number): NewRecording {
  const { accountId, mode, secrets, home, keep, record } = room;
  const { statusCallback, statusEvents } = record ?? {};
  return {
    id,
    accountId,
    mode,
    conferenceId: room.id,
    channels: 1,
    source: 'conference',
    startedAt: now,
    expiresAt: keptUntil('recording', now, keep === undefined ? {} : { recording: keep }),
    consents,
    secrets,
    ...(home !== undefined && { gateway: home }),
    ...(statusCallback !== undefined && { statusCallback, ...(statusEvents && { statusEvents }) }),
  };
}

function resume(room: Room, recorder: RoomRecorder, now: number): Step {
  const consents = [...new Set([...recorder.consents, ...consentsOf(room)])];
  const { id: recording } = recorder;
  const covered: Effect[] =
    consents.length > recorder.consents.length
      ? [{ do: 'record', word: { recording, event: { type: 'covered', at: now, consents } } }]
      : [];
  return {
    room: { ...room, recorder: { ...recorder, is: 'on', consents } },
    effects: [
      ...covered,
      // It goes on as the customer wants it, which may be silence.
      ...(recorder.wanted === 'paused' ? [] : [command(recorder, recorder.wanted ?? 'on')]),
      ...(recorder.wanted ? [] : [told(recorder, { type: 'resumed', at: now })]),
    ],
  };
}

const told = ({ id }: RoomRecorder, event: RecorderEvent): Effect => ({ do: 'record', word: { recording: id, event } });

const command = ({ id, bridge }: RoomRecorder, is: RecorderState): Effect => ({
  do: 'command',
  bridge,
  instruction: { do: 'recorder', recording: id, is },
});

/** Those in the bridge whose answer is missing under the policy that holds now. */
function askAll(room: Room): Step {
  if (!room.record) return stay(room);
  const policy = policyKnown(room);
  const missing = wanting(room).filter(
    ({ asking, place, stance }) => !asking && place?.is === 'meeting' && isMissing(stance, policy),
  );
  return missing.reduce((step, participant) => after(step, (it) => ask(it, participant, policy)), stay(room));
}

function ask(room: Room, participant: Participant, policy: Permission['policy']): Step {
  const asking = change(room, participant.call, (it) => ({ ...it, asking: true }));
  const words = room.notice === undefined ? {} : { notice: room.notice };
  return say(asking, participant, { type: 'room.ask', policy, ...words });
}

/** Silence and a question that could not be asked are told apart: only the first is a refusal. */
export function answered(
  room: Room,
  {
    call,
    visit,
    stance,
    evidence,
    keep,
  }: { call: string; visit: number; stance: Stance; evidence?: string; keep?: string },
): Step {
  const participant = room.participants.find((it) => it.call === call && it.visit === visit);
  if (!participant) return stay(room);
  const known: Room = { ...room, ...(keep !== undefined && { keep: room.keep ?? keep }) };
  return stay(
    change(known, call, ({ asking: _answered, evidence: _before, ...it }) => ({
      ...it,
      stance,
      ...(evidence !== undefined && { evidence }),
    })),
  );
}

/** As the customer wants it. A room whose recording was stopped is not recorded any more. */
export function workRecorder(room: Room, is: RecorderState, now: number): Step {
  const { recorder } = room;
  if (!recorder) return stay(room);
  if (is === 'off') {
    const { record: _done, ...closed } = forget(room, { type: 'stopped', at: now }).room;
    const settled = settle(closed);
    const effects = [command(recorder, 'off'), told(recorder, { type: 'stopped', at: now })];
    return { room: settled.room, effects: [...effects, ...settled.effects] };
  }
  const { wanted: before, ...plain } = recorder;
  const next: RoomRecorder = is === 'on' ? plain : { ...plain, wanted: is };
  if (before === next.wanted) return stay(room);
  // While it does not hear because of somebody, nothing changes but what comes after.
  const effects = recorder.is === 'on' ? [command(recorder, is), ...toldOf(recorder, before, next.wanted, now)] : [];
  return { room: { ...room, recorder: next }, effects };
}

function toldOf(recorder: RoomRecorder, before: string | undefined, after: string | undefined, at: number): Effect[] {
  if ((before === undefined) === (after === undefined)) return [];
  return [told(recorder, { type: after === undefined ? 'resumed' : 'paused', at })];
}

/** The network says that nothing is heard any more: whoever waited for it may come in. */
export function recorderPaused(room: Room, recording: string): Step {
  const { recorder } = room;
  if (recorder?.id !== recording || recorder.is !== 'pausing') return stay(room);
  return settle({ ...room, recorder: { ...recorder, is: 'paused' } });
}

/** It is not tried again: what broke once would break for ever. */
export function recorderFailed(room: Room, recording: string, reason: string, now: number): Step {
  if (room.recorder?.id !== recording) return stay(room);
  const failed = forget(room, failureOf(reason, now));
  const { record: _given, ...rest } = failed.room;
  const settled = settle(rest);
  return { room: settled.room, effects: [...failed.effects, ...settled.effects] };
}

/** Nothing more is recorded under it: whoever gave it counts as one who has refused. */
export function consentWithdrawn(room: Room, consent: string, now: number): Step {
  const participants = room.participants.map((it) =>
    it.evidence === consent && it.stance ? { ...it, stance: { ...it.stance, consent: 'refused' as const } } : it,
  );
  const { recorder } = room;
  const without = { ...room, participants };
  if (!recorder?.consents.includes(consent)) return stay(without);
  const closed = forget(without, { type: 'stopped', at: now });
  return { room: closed.room, effects: [command(recorder, 'off'), ...closed.effects] };
}
