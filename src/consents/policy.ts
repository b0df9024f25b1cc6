import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryPolicies, Party, PartyConsent, RecordingPolicy } from '../contracts/consent.ts';

const STRICTEST: RecordingPolicy = 'all_party_opt_in';

/**
 * The countries where being told is not enough, whatever an account chooses. DE: section 201 of the Criminal Code; BE:
 * article 124 of the Electronic Communications Act of 13 June 2005.
 */
const FLOOR = ['DE', 'BE'];

export const isFloor = (country: string): boolean => FLOOR.includes(country);

/** The country of a phone number; undefined for a text that is none, and for numbers of no country (+800, +882). */
export const countryOf = (number: string | undefined): string | undefined =>
  number === undefined ? undefined : parsePhoneNumberFromString(number)?.country;

/** The policy for one number. A number that is hidden, or of no country, could be anybody's, and has the strictest. */
export function policyFor(number: string | undefined, chosen: CountryPolicies): RecordingPolicy {
  const country = countryOf(number);
  return country === undefined || isFloor(country) ? STRICTEST : (chosen[country] ?? STRICTEST);
}

/** The policy that holds on a line where all of these meet; the strictest when there are none. */
export const strictest = (policies: RecordingPolicy[]): RecordingPolicy =>
  policies.length > 0 && policies.every((policy) => policy === 'announce') ? 'announce' : STRICTEST;

/** What has to be done before the recorder may open: nothing, to ask, or to announce; or it stays closed. */
export type RecordingVerdict = 'record' | 'ask' | 'announce' | 'never';

export interface RecordingPermission {
  policy: RecordingPolicy;
  /** The verdict for everyone together: only `record` opens the recorder. */
  all: RecordingVerdict;
  /** The verdict for each party, in the order given. */
  parties: RecordingVerdict[];
}

const VERDICTS: Record<RecordingPolicy, Record<Party['consent'], RecordingVerdict>> = {
  all_party_opt_in: { 'on-file': 'record', given: 'record', refused: 'never', announced: 'ask', none: 'ask' },
  announce: { 'on-file': 'record', given: 'record', refused: 'never', announced: 'record', none: 'announce' },
};

const WORST: RecordingVerdict[] = ['never', 'ask', 'announce', 'record'];

/** Decides whether a line may be recorded now, or what is missing. On a line without anybody nobody has agreed. */
export function judge(stances: PartyConsent[]): RecordingPermission {
  const policy = strictest(stances.map((it) => it.policy));
  const verdicts = stances.map(({ consent }) => VERDICTS[policy][consent]);
  const all = stances.length === 0 ? 'ask' : (WORST.find((verdict) => verdicts.includes(verdict)) ?? 'ask');
  return { policy, all, parties: verdicts };
}

export const mayRecord = (parties: Party[], chosen: CountryPolicies): RecordingPermission =>
  judge(parties.map(({ number, consent }) => ({ policy: policyFor(number, chosen), consent })));
