import type { Carrier } from './carrier.ts';
import type {
  CallRpc,
  ConferenceNameRpc,
  ConferenceRpc,
  ConsentHolder,
  DeliveryOwner,
  SimulatedRpc,
  Stub,
} from './rpc.ts';

/**
 * One getter for each kind of object, typed by what its methods promise and never by its class. Objects are named by ids:
 * never by a phone number, because names are logged outside the EU.
 */

export const callObject = <Methods extends CallRpc = CallRpc>(env: Env, id: string): Stub<Methods> =>
  stubOf(env.CALLS, env, id);

export const conferenceObject = <Methods extends ConferenceRpc = ConferenceRpc>(env: Env, id: string): Stub<Methods> =>
  stubOf(env.CONFERENCES, env, id);

/** The object of a conference's name is named by a digest: see `conference-directory.ts`. */
export const conferenceNameObject = (env: Env, digest: string): Stub<ConferenceNameRpc> =>
  stubOf(env.CONFERENCE_NAMES, env, digest);

export const recordingObject = <Methods extends DeliveryOwner = DeliveryOwner>(env: Env, id: string): Stub<Methods> =>
  stubOf(env.RECORDING_OBJECTS, env, id);

/** The leg of a call, or a bridge, in the simulated network. */
export const simulatedObject = <Methods extends SimulatedRpc = SimulatedRpc>(env: Env, leg: string): Stub<Methods> =>
  stubOf(env.SIMULATED, env, leg);

export const gatewayObject = <Methods extends Carrier = Carrier>(env: Env, id: string): Stub<Methods> =>
  stubOf(env.GATEWAYS, env, id);

/** Whoever has notifications to deliver: a call, a conference, or a recording. */
export function deliveryOwner(env: Env, id: string): Stub<DeliveryOwner> {
  if (id.startsWith('CF')) return conferenceObject(env, id);
  return id.startsWith('RE') ? recordingObject(env, id) : callObject(env, id);
}

/** Whoever records: a call or a conference. */
export const consentHolder = (env: Env, id: string): Stub<ConsentHolder> =>
  id.startsWith('CF') ? conferenceObject(env, id) : callObject(env, id);

/** Objects live in the EU. workerd on a laptop has no jurisdictions, so the local start says "none". */
function stubOf<Methods, Class extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<Class>,
  { JURISDICTION }: { JURISDICTION: string },
  name: string,
): Stub<Methods> {
  const home = JURISDICTION === 'none' ? namespace : namespace.jurisdiction(JURISDICTION as DurableObjectJurisdiction);
  return home.getByName(name) as unknown as Stub<Methods>;
}
