import { defined } from '../../lib/defined.ts';
import { timestamp } from '../../lib/timestamp.ts';
import type { RecordingFacts } from '../recording.ts';
import type { RecordingView } from './schemas.ts';

/** A recording as its customer sees it. What is not known yet is left out. */
export const viewRecording = (it: RecordingFacts, consents?: string[]): RecordingView =>
  defined({
    id: it.id,
    call_id: it.callId,
    conference_id: it.conferenceId,
    status: it.status,
    source: it.source,
    channels: it.channels,
    date_created: timestamp(it.createdAt),
    start_time: timestamp(it.startedAt),
    end_time: timestamp(it.stoppedAt),
    duration: it.seconds === undefined ? undefined : Math.round(it.seconds * 1000) / 1000,
    missing_seconds: it.missingSeconds,
    wav_bytes: it.wavBytes,
    mp3_bytes: it.mp3Bytes,
    failure_reason: it.failure,
    expires_at: timestamp(it.expiresAt),
    consent_ids: consents,
  });
