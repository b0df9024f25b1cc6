import { conferenceMessageInFieldWords, placementInFieldWords } from '../../contracts/upgrade-field-words.ts';
import { withWholeOrder } from '../../contracts/upgrade-orders.ts';
import { emptyLane } from '../../lib/outbox.ts';
import { type Row, renamed, type Upgrades, within, withinEach } from '../../lib/upgrades.ts';
import { keptUntil } from '../../retention/retention.ts';
import { withNoticeInWords, withSsmlMarked } from '../../speech/upgrade-markup.ts';
import { mailboxToDeliveries } from '../../webhooks/upgrade-delivery-queue.ts';

/** Of a row of any release up to 64f997c: the fields that its release did not know, as a conference has them that never used them. */
function withWhatOlderReleasesLack({ room, recorded = emptyLane(), ...rest }: Row): Row {
  return { ...rest, recorded, room: withRetention({ recordings: 0, ...(room as Row) }) };
}

function withRetention(room: Row): Row {
  const { endedAt, expiresAt, kept } = room;
  if (typeof endedAt !== 'number' || expiresAt !== undefined) return room;
  return { ...room, expiresAt: keptUntil('call', endedAt, typeof kept === 'string' ? { call: kept } : {}) };
}

/** Rooms became conferences, words messages; what the field has a word for is called so. */
function inFieldWords(row: Row): Row {
  const names = { room: 'conference', words: 'messages', recorded: 'recordingMessages' };
  const named = within(renamed(mailboxToDeliveries(row), names), 'conference', conferenceInFieldWords);
  return within(named, 'messages', (lane) =>
    withinEach(lane, 'messages', (it) => within(it, 'message', conferenceMessageInFieldWords)),
  );
}

const conferenceInFieldWords = (room: Row): Row =>
  withinEach(renamed(room, { said: 'messages' }), 'participants', (participant) =>
    within(
      renamed(participant, { visit: 'stay', place: 'placement', stance: 'partyConsent' }),
      'placement',
      placementInFieldWords,
    ),
  );

/** An instruction that opens a recorder carries the recording's order whole. */
const withWholeOrders = (row: Row): Row =>
  within(row, 'commands', (lane) => withinEach(lane, 'messages', withWholeOrder));

/** What a release to 64f997c took for SSML stays SSML. */
const withSsml = (row: Row): Row => within(withSsmlMarked(row), 'conference', withNoticeInWords);

export const conferenceUpgrades: Upgrades = [withWhatOlderReleasesLack, inFieldWords, withWholeOrders, withSsml];
