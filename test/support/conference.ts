import { type Conference, newConference, type Participant } from '../../src/conferences/conference.ts';
import type { ConferenceEffect, ConferenceEvent, ConferenceTransition } from '../../src/conferences/effects.ts';
import { transition } from '../../src/conferences/machine.ts';
import type { ConferenceEntry, ConferenceMessage } from '../../src/contracts/conference.ts';
import { newId } from '../../src/lib/ids.ts';
import { NOW } from './call.ts';

/** A conference that nobody has entered; give what matters to the test. */
export const aConference = (facts: Partial<Parameters<typeof newConference>[0]> = {}): Conference =>
  newConference({
    id: newId('CF', NOW),
    accountId: 'AC00000000000070008000000000000001',
    mode: 'test',
    secrets: [],
    maxParticipants: 10,
    statusCallback: 'https://hook.example/conference',
    ...facts,
  });

export const take = (conference: Conference, event: ConferenceEvent, at = NOW): ConferenceTransition =>
  transition(conference, event, at);

export const upon = (conference: Conference, ...events: ConferenceEvent[]): Conference =>
  events.reduce((it, event) => take(it, event).conference, conference);

type Entered = Extract<ConferenceEvent, { type: 'participant.entered' }>;

export const enters = (call: string, entry: Partial<ConferenceEntry> = {}, stay = 1): Entered => ({
  type: 'participant.entered',
  call,
  stay,
  entry: {
    name: 'standup',
    timeLimit: 14_400,
    muted: false,
    beep: 'both',
    startOnEnter: true,
    endOnExit: false,
    ...entry,
  },
  at: NOW,
});

export const leaves = (call: string, stay = 1): ConferenceEvent => ({
  type: 'participant.left',
  call,
  stay,
  callStatus: 'completed',
  at: NOW,
});

export const expected = (call: string, facts: Partial<Participant> = {}): ConferenceEvent => ({
  type: 'user.expect',
  participant: {
    call,
    stay: 0,
    callStatus: 'queued',
    muted: false,
    hold: false,
    beep: 'both',
    startOnEnter: true,
    endOnExit: false,
    ...facts,
  },
});

/** What calls are told, as `call type …`. */
export const said = (effects: ConferenceEffect[]): { call: string; message: ConferenceMessage }[] =>
  effects.flatMap((it) => (it.do === 'send' ? [{ call: it.call, message: it.message }] : []));

/** Where calls are told to be. */
export const places = (effects: ConferenceEffect[]): Record<string, string> =>
  Object.fromEntries(
    said(effects).flatMap(({ call, message }) =>
      message.type === 'conference.place' ? [[call, message.placement.is]] : [],
    ),
  );

/** Why calls are told to leave. */
export const outs = (effects: ConferenceEffect[]): Record<string, string> =>
  Object.fromEntries(
    said(effects).flatMap(({ call, message }) =>
      message.type === 'conference.remove' ? [[call, message.reason]] : [],
    ),
  );

/** What the status callback is told. */
export const told = (effects: ConferenceEffect[]) =>
  effects.flatMap((it) =>
    it.do === 'notify' ? [{ type: it.notice.type, call: it.notice.participant?.call, ...it.notice.details }] : [],
  );

export const types = (effects: ConferenceEffect[]): string[] => told(effects).map(({ type }) => type);

/** What all in the bridge hear. */
export const played = (effects: ConferenceEffect[]) =>
  effects.flatMap((it) => (it.do === 'command' && it.instruction.do === 'play' ? [it.instruction] : []));

export const participantOf = (conference: Conference, call: string): Participant | undefined =>
  conference.participants.find((it) => it.call === call);
