import { type Row, renamed, within } from '../lib/upgrades.ts';

/** What calls and conferences say to each other, as releases up to 64f997c stored it: with words that the field does not use. */

/** Where a participant is: `meeting` became `joined`. */
export const placementInFieldWords = (placement: Row): Row =>
  placement.is === 'meeting' ? { ...placement, is: 'joined' } : placement;

const MESSAGE_TYPES: Record<string, string> = {
  'room.place': 'conference.place',
  'room.announce': 'conference.announce',
  'room.ask': 'conference.ask-consent',
  'room.out': 'conference.remove',
};

/** What a conference tells a call. */
export function conferenceMessageInFieldWords(message: Row): Row {
  const named = renamed(message, { room: 'conference', visit: 'stay', place: 'placement' });
  const type = MESSAGE_TYPES[String(message.type)] ?? message.type;
  return within({ ...named, type }, 'placement', placementInFieldWords);
}

/** What a call tells a conference. */
export const participantEventInFieldWords = (event: Row): Row =>
  renamed(event, { visit: 'stay', stance: 'partyConsent' });
