import { isValidPhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import * as v from 'valibot';

export const isE164 = (text: string): boolean =>
  /^\+[1-9]\d{6,14}$/.test(text) && isValidPhoneNumber(text) && parsePhoneNumberFromString(text)?.number === text;

/** A number that exists in the numbering plan of its country (ITU-T E.164). */
export const E164 = v.check<string, string>(
  isE164,
  'must be a valid phone number in E.164 format, such as +31851234567',
);

/** A number as a phone network may write it, with spaces or punctuation in it, as E.164; undefined for anything else. */
export function normalizedE164(text: string): string | undefined {
  if (!/^\+[0-9 ().-]{7,30}$/.test(text)) return undefined;
  const number = parsePhoneNumberFromString(text)?.number;
  return number !== undefined && isE164(number) ? number : undefined;
}
