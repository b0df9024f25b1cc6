import { callErrors } from '../../calls/errors.ts';
import { CallView, NewInboundCall } from '../../calls/schemas.ts';
import { reply, route } from '../../http/route.ts';
import { newId } from '../../lib/ids.ts';
import { inboundCall } from '../../numbers/model.ts';
import { findNumber } from '../../numbers/queries.ts';
import { simulatedObject } from '../../objects.ts';
import { findRate } from '../../rates/queries.ts';
import type { Script } from '../carrier.ts';
import { scriptFor } from './script.ts';

/** The simulated network calls one of the account's numbers, as a phone in the world would. */
export const ringNumber = route({
  method: 'POST',
  path: '/v1/voice/simulator/inbound-calls',
  operationId: 'simulateInboundCall',
  summary: 'Have the simulated network call one of your numbers (test keys)',
  tag: 'Simulator',
  body: NewInboundCall,
  replies: { 201: CallView },
  errors: ['simulate_needs_test_key', 'to_not_owned', 'number_not_configured'],
  async handle({ body, caller, env }) {
    if (caller.mode === 'live') throw callErrors.simulate_needs_test_key();
    const [number, rate] = await Promise.all([findNumber(env.DB, body.to), findRate(env.DB, 'inbound', body.from)]);
    if (number?.accountId !== caller.accountId) throw callErrors.to_not_owned();
    const id = newId('CA', Date.now());
    const { mode, webhookSecrets: secrets } = caller;
    const facts = inboundCall(number, { id, from: body.from, mode, secrets });
    if (!facts) throw callErrors.number_not_configured();
    const script = scriptFor('', body.simulate as Partial<Script> | undefined);
    return reply(201, await simulatedObject(env, id).ring({ ...facts, rate }, script));
  },
});
