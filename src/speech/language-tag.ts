import * as v from 'valibot';
import { isSpoken } from './languages.ts';

export const LanguageTag = v.pipe(
  v.string(),
  v.check(isSpoken, 'must be a tag such as nl-NL, fr-BE, de-DE or en-GB, of a language that can be spoken'),
);
