import {
  conferenceMessageInFieldWords,
  participantEventInFieldWords,
  placementInFieldWords,
} from '../../contracts/upgrade-field-words.ts';
import { emptyLane } from '../../lib/outbox.ts';
import { type Row, renamed, type Upgrades, within, withinEach } from '../../lib/upgrades.ts';
import { DEFAULT_RETENTION, keptUntil, type Retention } from '../../retention/retention.ts';
import { withNoticeInWords, withSsmlMarked } from '../../speech/upgrade-markup.ts';
import { mailboxToDeliveries } from '../../webhooks/upgrade-delivery-queue.ts';
import { withActivities } from './upgrade-activities.ts';

/** Of a row of any release up to 64f997c: the fields that its release did not know, as a call has them that never used them. */
function withWhatOlderReleasesLack({ call, words = emptyLane(), rooms = {}, ...rest }: Row): Row {
  const counts = { dials: 0, placed: 0, visits: 0, questions: 0, recordings: 0 };
  const withDocuments = withVerbDefaults({ ...counts, ...(call as Row) }) as Row;
  return { ...rest, call: withRetention(withDocuments), words, rooms };
}

/**
 * Gives every stored dial and conference verb that says nothing of recording its default. Releases before recording wrote
 * such documents, and a dial without the word would be taken for one that is recorded.
 */
function withVerbDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefault(withVerbDefaults(item)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withVerbDefaults(inner)]));
}

/** Only what is in a list can be a verb; a customer's metadata may have any names. */
const withDefault = (item: unknown): unknown =>
  RECORDING_VERBS.includes((item as { verb?: unknown } | null)?.verb) ? { record: false, ...(item as Row) } : item;

const RECORDING_VERBS: unknown[] = ['dial', 'conference'];

/** What a call keeps for how long was asked of the database once; of recordings it was known when consent was looked up. */
function withRetention(call: Row): Row {
  const { keep = DEFAULT_RETENTION.recording, ...grounds } = (call.grounds ?? {}) as Row;
  const retention = (call.retention ?? { ...DEFAULT_RETENTION, recording: keep }) as Retention;
  const { endedAt, expiresAt } = call;
  const isKept = typeof endedAt === 'number' && expiresAt === undefined;
  return {
    ...call,
    ...(call.grounds !== undefined && { grounds }),
    retention,
    ...(isKept && { expiresAt: keptUntil('call', endedAt, retention) }),
  };
}

/** Rooms became conferences, words messages, children dialled legs; what the field has a word for is called so. */
function inFieldWords(row: Row): Row {
  const named = renamed(mailboxToDeliveries(row), { words: 'messages', rooms: 'conferences' });
  return within(within(named, 'call', callInFieldWords), 'messages', (lane) =>
    withinEach(lane, 'messages', messageInFieldWords),
  );
}

function callInFieldWords(call: Row): Row {
  const named = renamed(call, {
    visits: 'stays',
    grounds: 'consentOnFile',
    wish: 'recordOnAnswer',
    aside: 'pendingNotice',
  });
  const asked = within(within(named, 'flow', nextInFieldWords), 'pendingNotice', nextInFieldWords);
  return within(
    within(asked, 'dialing', (dialing) => renamed(dialing, { children: 'legs' })),
    'meeting',
    stayInFieldWords,
  );
}

const nextInFieldWords = (waiting: Row): Row =>
  waiting.next === 'room' ? { ...waiting, next: 'conference' } : waiting;

function stayInFieldWords(meeting: Row): Row {
  const names = {
    visit: 'stay',
    room: 'conference',
    place: 'placement',
    asked: 'consentAsked',
    later: 'announceLater',
  };
  const named = within(renamed(meeting, names), 'placement', placementInFieldWords);
  return withinEach(named, 'announceLater', conferenceMessageInFieldWords);
}

const RECEIVERS: Record<string, string> = { child: 'dial-leg', file: 'consents', room: 'conference' };

const LEG_EVENTS: Record<string, string> = {
  'child.ready': 'dial-leg.ready',
  'child.ended': 'dial-leg.ended',
  'child.refused': 'dial-leg.refused',
};

function messageInFieldWords(message: Row): Row {
  const to = RECEIVERS[String(message.to)] ?? message.to;
  const named = { ...renamed(message, { child: 'leg', look: 'lookUp', room: 'conference' }), to };
  if (to === 'conference') return within(named, 'event', participantEventInFieldWords);
  return to === 'parent' ? within(named, 'event', legEventInFieldWords) : named;
}

const legEventInFieldWords = (event: Row): Row => ({
  ...renamed(event, { child: 'leg' }),
  type: LEG_EVENTS[String(event.type)] ?? event.type,
});

/** What a release to 64f997c took for SSML stays SSML, also in the documents that wait. */
const withSsml = (row: Row): Row => within(withSsmlMarked(row), 'call', withNoticeInWords);

export const callUpgrades: Upgrades = [withWhatOlderReleasesLack, inFieldWords, withActivities, withSsml];
