import * as v from 'valibot';
import { route } from '../../accounts/api/route.ts';
import { callErrors } from '../../calls/api/errors.ts';
import { receiveInbound } from '../../calls/api/inbound.ts';
import { viewCallById } from '../../calls/api/lookup.ts';
import { CallId, CallView, NewInboundCall } from '../../calls/api/schemas.ts';
import { viewCall } from '../../calls/api/view.ts';
import type { Script } from '../../contracts/carrier.ts';
import { simulatedObject } from '../../contracts/objects.ts';
import { scriptFor } from '../../contracts/script.ts';
import { reply } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { isId, newId } from '../../lib/ids.ts';
import { timestamp } from '../../lib/timestamp.ts';
import type { SimulatedMethods } from './rpc.ts';
import { HeardView } from './schemas.ts';
import type { HeardSound } from './transcript.ts';

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
    const { accountId, mode } = caller;
    const arrival = { id: newId('CA', Date.now()), mode, accountId, called: body.to, caller: body.from };
    const admitted = await receiveInbound(arrival, env);
    if (!admitted.ok) {
      if (admitted.refusal === 'number_not_configured') throw callErrors.number_not_configured();
      throw callErrors.to_not_owned([{ field: 'to', message: 'must be a number of your account' }]);
    }
    const script = scriptFor('', body.simulate as Partial<Script> | undefined);
    return reply(201, viewCall(await simulatedObject<SimulatedMethods>(env, arrival.id).ring(admitted.value, script)));
  },
});

export const listHeard = route({
  method: 'GET',
  path: '/v1/voice/simulator/calls/:call_id/heard',
  operationId: 'listHeard',
  summary: 'What the simulated party of a call heard, and when (test keys)',
  tag: 'Simulator',
  params: v.object({ call_id: CallId }),
  replies: { 200: v.object({ heard: v.array(HeardView) }) },
  errors: ['call_not_found'],
  async handle({ params, caller, env }) {
    const { call_id: id } = params;
    // A live call is not on this network.
    if (caller.mode === 'live' || !isId('CA', id)) throw callErrors.call_not_found();
    await viewCallById(id, caller, env);
    return reply(200, { heard: (await simulatedObject<SimulatedMethods>(env, id).heard()).map(viewHeard) });
  },
});

const viewHeard = ({ from, to, ...content }: HeardSound): HeardView =>
  defined({ from: timestamp(from), to: timestamp(to), ...content });
