import type { Scope } from '../contracts/scope.ts';

/** Who is asking: an account, with a key of one mode. */
export interface Caller extends Scope {
  webhookSecrets: string[];
}
