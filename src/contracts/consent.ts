/** What has to happen before a line is recorded: everyone agrees, or everyone is told. The strictest first. */
export const RECORDING_POLICIES = ['all_party_opt_in', 'announce'] as const;
export type RecordingPolicy = (typeof RECORDING_POLICIES)[number];
/** Where an account has chosen another policy than the strictest, by ISO 3166 country code. */
export type CountryPolicies = Record<string, RecordingPolicy>;
/** The stems of words that say that a call is recorded, by primary language, as an operator has declared them. */
export type NoticeWords = Record<string, string[]>;
/** Somebody on the line. An account's own number has no voice but a country: a party whose consent is on file. */
export interface Party {
  number?: string;
  consent: 'on-file' | 'given' | 'refused' | 'announced' | 'none';
  /** The id of what proves it. */
  evidence?: string;
  /** When a consent on file expires, epoch milliseconds. */
  until?: number;
}
/** Somebody on the line of whom not the number is known, but the policy that holds for it. */
export interface PartyConsent {
  policy: RecordingPolicy;
  consent: Party['consent'];
  /** When a consent on file expires, epoch milliseconds. */
  until?: number;
}

/** What is known, when somebody wants to record, of those who may be on the line. JSON. */
export interface ConsentOnFile {
  policies: CountryPolicies;
  /** The id of the consent on file that covers a number. */
  onFile: Record<string, string>;
  /** When they expire that do, by their ids; epoch milliseconds. */
  until?: Record<string, number>;
}
/** Nothing is known: nobody has agreed, and the strictest policy holds. */
export const NOTHING_ON_FILE: ConsentOnFile = { policies: {}, onFile: {} };

/** What somebody answered to the question whether they may be recorded, and what proves it. */
export interface ConsentAnswer {
  granted: boolean;
  /** Absent where nothing was pressed. */
  key?: string;
  /** The notice as it was spoken, and the language it was in. */
  notice: string;
  language: string;
  /** The notice could not be played to its end, twice: whatever was pressed, nobody has agreed. */
  unheard?: true;
}
