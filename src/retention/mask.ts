import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

const STARS = '*****';

/** At least so many digits are hidden in every country: a million people could be meant, also where numbers are short. */
const HIDDEN = 6;
const SHOWN = 3;

/**
 * Masks a number, so that it no longer tells whose it is: it keeps its country code, five stars however many digits they hide, and at most
 * its last three digits (fewer where fewer than six would be hidden). +31201234567 is +31*****567, and Estonia's
 * +3725123456 is +372*****6. Whoever had no number keeps the word for that; anything else, such as a SIP address, is hidden whole. Masking
 * twice changes nothing.
 */
export function masked(number: string): string {
  if (number.includes(STARS) || /^[a-z]*$/.test(number)) return number;
  const phone = parsePhoneNumberFromString(number);
  if (!phone) return STARS;
  const { countryCallingCode, nationalNumber } = phone;
  const shown = Math.min(SHOWN, Math.max(0, nationalNumber.length - HIDDEN));
  return `+${countryCallingCode}${STARS}${nationalNumber.slice(nationalNumber.length - shown)}`;
}
