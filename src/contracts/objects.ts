import type { CallObject } from '../calls/object/object.ts';
import type { GatewayObject } from '../carriers/asterisk/object.ts';
import type { SimulatedObject } from '../carriers/simulated/object.ts';
import type { ConferenceNameObject } from '../conferences/object/name-object.ts';
import type { ConferenceObject } from '../conferences/object/object.ts';
import type { RecordingObject } from '../recordings/object/object.ts';

/** One getter per kind of object. Object names are ids: never a phone number, because names are logged outside the EU. */

export const callObject = (env: Env, id: string): DurableObjectStub<CallObject> => inEu(env.CALLS, env).getByName(id);

export const conferenceObject = (env: Env, id: string): DurableObjectStub<ConferenceObject> =>
  inEu(env.CONFERENCES, env).getByName(id);

/** Of a name's digest: see `conferences/reach.ts`. */
export const conferenceNameObject = (env: Env, digest: string): DurableObjectStub<ConferenceNameObject> =>
  inEu(env.CONFERENCE_NAMES, env).getByName(digest);

export const recordingObject = (env: Env, id: string): DurableObjectStub<RecordingObject> =>
  inEu(env.RECORDING_OBJECTS, env).getByName(id);

/** Whoever has notifications to deliver: a call, a conference, or a recording. */
export function deliveryOwner(env: Env, id: string) {
  if (id.startsWith('CF')) return conferenceObject(env, id);
  return id.startsWith('RE') ? recordingObject(env, id) : callObject(env, id);
}

export const simulatedObject = (env: Env, leg: string): DurableObjectStub<SimulatedObject> =>
  inEu(env.SIMULATED, env).getByName(leg);

export const gatewayObject = (env: Env, id: string): DurableObjectStub<GatewayObject> =>
  inEu(env.GATEWAYS, env).getByName(id);

/** Objects live in the EU. workerd on a laptop has no jurisdictions, so the local start says "none". */
function inEu<Class extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<Class>,
  { JURISDICTION }: { JURISDICTION: string },
): DurableObjectNamespace<Class> {
  return JURISDICTION === 'none' ? namespace : namespace.jurisdiction(JURISDICTION as DurableObjectJurisdiction);
}
