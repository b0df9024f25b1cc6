import type { AnyActivity } from './activity.ts';
import { conferenceActivity } from './conference.ts';
import { dialActivity } from './dial.ts';
import { dialLegActivity } from './dial-leg.ts';
import { participantLegActivity } from './participant-leg.ts';

/** Everything that a call can be busy with besides its document. */
export const activities: readonly AnyActivity[] = [
  dialActivity,
  dialLegActivity,
  conferenceActivity,
  participantLegActivity,
];
