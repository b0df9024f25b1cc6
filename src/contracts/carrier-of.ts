import { refused } from '../lib/result.ts';
import type { Carrier, EndCause, Route } from './carrier.ts';
import { gatewayObject, simulatedObject } from './objects.ts';
import type { Mode } from './scope.ts';

/** What decides about a call's network. */
interface Leg {
  id: string;
  mode: Mode;
  routes?: Route[] | EndCause;
}

/** Test keys reach the simulated network, live keys real gateways; the two never mix. */
export function carrierOf({ id, mode, routes }: Leg, env: Env): Carrier {
  // What was refused before reaches no network.
  if (typeof routes === 'string') return { perform: async () => refused(routes) };
  if (mode === 'test') return simulatedObject(env, id);
  const [home] = Array.isArray(routes) ? routes : [];
  if (home) return gatewayObject(env, home.gateway);
  return { perform: async () => refused(routes ? 'no-route' : 'no-gateway') };
}

/** Who has a conference's bridge; a live one that nobody has entered is nowhere. */
export function bridgeCarrier(bridge: string, { mode, home }: { mode: Mode; home?: string }, env: Env): Carrier {
  if (mode === 'test') return simulatedObject(env, bridge);
  return home === undefined ? { perform: async () => refused('no-gateway') } : gatewayObject(env, home);
}
