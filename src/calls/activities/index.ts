import type { AnyActivity } from './activity.ts';
import { conference } from './conference.ts';
import { dial } from './dial.ts';
import { dialLeg } from './dial-leg.ts';
import { participantLeg } from './participant-leg.ts';

/** Everything that a call can be busy with besides its document. */
export const activities: readonly AnyActivity[] = [dial, dialLeg, conference, participantLeg];
