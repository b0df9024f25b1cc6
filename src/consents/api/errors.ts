import { defineErrors } from '../../http/errors.ts';

export const privacyErrors = defineErrors({
  consent_not_found: { status: 404, message: 'No consent with this id belongs to this account and kind of key.' },
});
