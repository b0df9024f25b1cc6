import type { Scope } from '../calls/call.ts';
import { DEFAULT_LANGUAGE } from '../speech/languages.ts';

/** Whose number it is and what a call to it does. Null where nothing is set, as the database has it. */
export interface OwnedNumber {
  e164: string;
  accountId: string;
  voiceUrl: string | null;
  voiceFallbackUrl: string | null;
  statusCallback: string | null;
  ttsLanguage: string | null;
}

/** How long an inbound call may ring while its flow delays the answer, in seconds. */
const RING_SECONDS = 120;

const TIME_LIMIT_SECONDS = 14_400;

/** What a call to the number begins with; undefined when the number has no flow to answer it. */
export function inboundCall(
  number: OwnedNumber,
  call: { id: string; from: string; mode: Scope['mode']; secrets: string[] },
) {
  const { e164, accountId, voiceUrl, voiceFallbackUrl, statusCallback, ttsLanguage } = number;
  if (voiceUrl === null) return undefined;
  return {
    ...call,
    accountId,
    direction: 'inbound' as const,
    to: e164,
    timeout: RING_SECONDS,
    timeLimit: TIME_LIMIT_SECONDS,
    language: ttsLanguage ?? DEFAULT_LANGUAGE,
    url: voiceUrl,
    ...(voiceFallbackUrl !== null && { fallbackUrl: voiceFallbackUrl }),
    ...(statusCallback !== null && { statusCallback }),
  };
}
