import type { Conference } from './model.ts';
import type { ConferenceView } from './schemas.ts';

export const viewConference = (room: Conference): ConferenceView => ({
  id: room.id,
  ...(room.friendlyName !== null && { friendly_name: room.friendlyName }),
  status: room.status,
  participant_count: room.participantCount,
  max_participants: room.maxParticipants,
  date_created: new Date(room.createdAt).toISOString(),
});
