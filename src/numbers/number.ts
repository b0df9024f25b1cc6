/** Whose number it is and what a call to it does. Null where nothing is set, as the database has it. */
export interface OwnedNumber {
  e164: string;
  accountId: string;
  voiceUrl: string | null;
  voiceFallbackUrl: string | null;
  statusCallback: string | null;
  ttsLanguage: string | null;
}
