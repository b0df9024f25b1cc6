import type { ConferenceRpc } from '../contracts/rpc.ts';
import type { Scope } from '../contracts/scope.ts';
import type { Result } from '../lib/result.ts';
import type { ConferenceRefusal } from './check-request.ts';
import type { ConferenceFacts, ConferenceSettings, Participant } from './conference.ts';
import type { ConferenceEvent } from './effects.ts';

/** All that is asked of a conference's object: by others (`ConferenceRpc`), and by the conferences' own routes. */
export interface ConferenceMethods extends ConferenceRpc {
  /** Opens a conference by API. Repeating it answers with the conference that exists. */
  open(settings: ConferenceSettings): Promise<ConferenceFacts>;
  facts(scope: Scope): Result<ConferenceFacts, ConferenceRefusal>;
  participants(scope: Scope): Result<Participant[], ConferenceRefusal>;
  /** `who` is a call id or a label. */
  participant(scope: Scope, who: string): Result<Participant, ConferenceRefusal>;
  /** Does what the API asks, or says why not. `who` is a call id or a label. */
  request(scope: Scope, event: ConferenceEvent, who?: string): Promise<Result<undefined, ConferenceRefusal>>;
}
