import { policyFor } from '../../consents/policy.ts';
import { findGrounds } from '../../consents/store/lookup.ts';
import { findSettings, keepEvidence } from '../../consents/store/queries.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import { enterRoom, tellRoom } from '../../contracts/conference-directory.ts';
import { callObject } from '../../contracts/objects.ts';
import { type RecordingWord, tellRecording } from '../../recordings/object/client.ts';
import type { Word } from '../activities/messages.ts';
import { placeChild } from '../api/place-dial-leg.ts';
import { type Call, otherParty } from '../call.ts';
import { type CallRecord, hearAfterWait, hearWord, roomFound } from './state.ts';

type Entered = Extract<ParticipantEvent, { type: 'participant.entered' }>;

/** What came of saying something, as a change of the call's record. */
type Answer = (record: CallRecord, wall: number) => CallRecord;

const nothing: Answer = (record) => record;

/** Says something to another call or a room. Rejects when it was not heard: it is then said again. */
export async function sayWord(word: Word, { call, rooms }: CallRecord, env: Env): Promise<Answer> {
  if ('place' in word) {
    const placed = await placeChild(call, word.place, env);
    if (placed.ok) return nothing;
    const refused = { type: 'child.refused', child: word.place.id, code: placed.refusal } as const;
    return (record, wall) => hearWord(record, refused, wall);
  }
  if (word.to === 'file') return 'look' in word ? lookUp(word.look, call, env) : keepAnswer(word.answer, call, env);
  if (word.to === 'recording') return sayToRecording(word, call, env);
  if (word.to === 'room') return sayToRoom(word, { call, rooms }, env);
  await callObject(env, word.to === 'child' ? word.child : word.parent).kinSays(word.event);
  return nothing;
}

async function sayToRecording(word: RecordingWord, call: Call, env: Env): Promise<Answer> {
  const withdrawn = await tellRecording(word, call, env);
  return (record, wall) =>
    withdrawn.reduce((it, consent) => hearWord(it, { type: 'consent.withdrawn', consent }, wall), record);
}

async function lookUp(numbers: string[], call: Call, env: Env): Promise<Answer> {
  const grounds = await findGrounds(env.DB, call, numbers, Date.now());
  return (record, wall) => hearAfterWait(record, { type: 'grounds.found', grounds }, wall);
}

/** Which policy held is looked up with it: it is part of the evidence. */
async function keepAnswer(answer: Extract<Word, { answer: unknown }>['answer'], call: Call, env: Env): Promise<Answer> {
  const { id: callId, accountId, mode } = call;
  const phoneNumber = otherParty(call);
  const { recordingPolicy } = await findSettings(env.DB, accountId);
  const policy = policyFor(phoneNumber, recordingPolicy);
  const party = { accountId, mode, callId, policy, ...(phoneNumber !== undefined && { phoneNumber }) };
  await keepEvidence(env.DB, { ...answer, ...party });
  return nothing;
}

async function sayToRoom(
  word: Extract<Word, { to: 'room' }>,
  { call, rooms }: Pick<CallRecord, 'call' | 'rooms'>,
  env: Env,
): Promise<Answer> {
  const { event } = word;
  if (event.type === 'participant.entered') return enter(word.name ?? '', event, call, env);
  const room = word.room ?? rooms[event.visit];
  // Where no room let it in, there is nobody to tell.
  if (room !== undefined) await tellRoom(room, event, env);
  return nothing;
}

/** A name that nobody knows makes a room; what looks like an id must be one of the account's rooms. */
async function enter(name: string, event: Entered, call: Call, env: Env): Promise<Answer> {
  const { accountId, mode, secrets } = call;
  const entered = await enterRoom(name, { accountId, mode, secrets }, event, env);
  const { visit } = event;
  if (entered.ok) return (record, wall) => roomFound(record, visit, entered.value.room, wall);
  const out = { room: '', visit, n: Number.MAX_SAFE_INTEGER, type: 'room.out', reason: entered.refusal } as const;
  return (record, wall) => hearWord(record, { type: 'room.said', message: out }, wall);
}
