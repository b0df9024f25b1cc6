import { timestamp } from '../../lib/timestamp.ts';
import type { RecordingFacts } from '../recording.ts';
import type { RecordingView } from './schemas.ts';

/** A recording as its customer sees it. What is not known yet is left out. */
export const viewRecording = (it: RecordingFacts, consents?: string[]): RecordingView => ({
  id: it.id,
  ...(it.callId !== undefined && { call_id: it.callId }),
  ...(it.conferenceId !== undefined && { conference_id: it.conferenceId }),
  status: it.status,
  source: it.source,
  channels: it.channels,
  date_created: timestamp(it.createdAt),
  start_time: timestamp(it.startedAt),
  ...(it.stoppedAt !== undefined && { end_time: timestamp(it.stoppedAt) }),
  ...(it.seconds !== undefined && { duration: Math.round(it.seconds * 1000) / 1000 }),
  ...(it.wavBytes !== undefined && { wav_bytes: it.wavBytes }),
  ...(it.mp3Bytes !== undefined && { mp3_bytes: it.mp3Bytes }),
  ...(it.failure !== undefined && { failure_reason: it.failure }),
  expires_at: timestamp(it.expiresAt),
  ...(consents && { consent_ids: consents }),
});
