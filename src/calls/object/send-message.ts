import { policyFor } from '../../consents/policy.ts';
import { lookUpConsent } from '../../consents/store/lookup.ts';
import { endConsents, keepEvidence } from '../../consents/store/queries.ts';
import type { ParticipantEvent } from '../../contracts/conference.ts';
import { enterConference, sendToConference } from '../../contracts/conference-directory.ts';
import { callObject } from '../../contracts/objects.ts';
import type { RecordingMessage } from '../../contracts/recording.ts';
import { defined } from '../../lib/defined.ts';
import { sendToRecording } from '../../recordings/api/client.ts';
import { findSettings } from '../../retention/store/settings.ts';
import type { DialLegOrder, PeerMessage } from '../activities/messages.ts';
import { placeDialLeg } from '../api/dial-leg.ts';
import { type Call, otherParty } from '../call.ts';
import { evidenceIdsOf } from '../recording/parties.ts';
import type { CallMethods } from '../rpc.ts';
import {
  applyAfterWait,
  applyMessage,
  type CallState,
  conferenceFound,
  type StateChange,
  secondsToRing,
} from './state.ts';

type Entered = Extract<ParticipantEvent, { type: 'participant.entered' }>;

const noChange: StateChange = (record) => record;

/**
 * Sends a message to another object. Rejects when it did not arrive: it is then sent again. `latest` is the call as it is at
 * any moment of that.
 */
export async function sendMessage(
  message: PeerMessage,
  { call, conferences }: CallState,
  latest: () => CallState | undefined,
  env: Env,
): Promise<StateChange> {
  if ('place' in message) return place(message.place, call, latest, env);
  if (message.to === 'consents') {
    if ('endedAt' in message) return endAnswers(message.endedAt, call, env);
    return 'lookUp' in message ? lookUp(message.lookUp, call, env) : keepAnswer(message.answer, call, env);
  }
  if (message.to === 'recording') return reportToRecording(message, call, env);
  if (message.to === 'conference') return reportToConference(message, { call, conferences }, env);
  await callObject<CallMethods>(env, message.to === 'dial-leg' ? message.leg : message.parent).peerEvent(message.event);
  return noChange;
}

async function place(
  order: DialLegOrder,
  call: Call,
  latest: () => CallState | undefined,
  env: Env,
): Promise<StateChange> {
  const { id: leg } = order;
  const placed = await placeDialLeg(call, order, () => secondsToRing(order, latest(), Date.now()), env);
  if (placed === 'unwanted') return noChange;
  const type = placed === 'placed' ? 'dial-leg.placed' : 'dial-leg.missing';
  return (it, wall) => applyMessage(it, { type, leg }, wall);
}

async function reportToRecording(message: RecordingMessage, call: Call, env: Env): Promise<StateChange> {
  const withdrawn = await sendToRecording(message, call, env);
  return (record, wall) =>
    withdrawn.reduce((it, consent) => applyMessage(it, { type: 'consent.withdrawn', consent }, wall), record);
}

async function lookUp(numbers: string[], call: Call, env: Env): Promise<StateChange> {
  const consentOnFile = await lookUpConsent(env.DB, call, numbers, Date.now());
  return (record, wall) => applyAfterWait(record, { type: 'consent.looked-up', consentOnFile }, wall);
}

/** Keeps an answer with the policy that held, which is part of the evidence. */
async function keepAnswer(
  answer: Extract<PeerMessage, { answer: unknown }>['answer'],
  call: Call,
  env: Env,
): Promise<StateChange> {
  const { id: callId, accountId, mode } = call;
  const phoneNumber = otherParty(call);
  const { recordingPolicy } = await findSettings(env.DB, accountId);
  const policy = policyFor(phoneNumber, recordingPolicy);
  const party = defined({ accountId, mode, callId, policy, phoneNumber });
  await keepEvidence(env.DB, { ...answer, ...party });
  return noChange;
}

/** The time of a simulated call may be ahead of everybody's: the consents of a call that is over do not count now. */
async function endAnswers(endedAt: number, call: Call, env: Env): Promise<StateChange> {
  await endConsents(env.DB, call, evidenceIdsOf(call), Math.min(endedAt, Date.now()));
  return noChange;
}

async function reportToConference(
  message: Extract<PeerMessage, { to: 'conference' }>,
  { call, conferences }: Pick<CallState, 'call' | 'conferences'>,
  env: Env,
): Promise<StateChange> {
  const { event } = message;
  if (event.type === 'participant.entered') return enter(event, call, env);
  const conference = message.conference ?? conferences[event.stay];
  // Where no conference let it in, there is nobody to tell.
  if (conference !== undefined) await sendToConference(conference, event, env);
  return noChange;
}

/** Lets the call into a conference. A name that nobody knows makes one; an id must be that of one of the account's. */
async function enter(event: Entered, call: Call, env: Env): Promise<StateChange> {
  const { accountId, mode, secrets } = call;
  const entered = await enterConference(event.entry.name, { accountId, mode, secrets }, event, env);
  const { stay } = event;
  if (entered.ok) return (record, wall) => conferenceFound(record, stay, entered.value.conference, wall);
  const out = {
    conference: '',
    stay,
    n: Number.MAX_SAFE_INTEGER,
    type: 'conference.remove',
    reason: entered.refusal,
  } as const;
  return (record, wall) => applyMessage(record, { type: 'conference.message', message: out }, wall);
}
