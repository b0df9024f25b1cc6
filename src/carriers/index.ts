import { refused } from '../lib/outcome.ts';
import { simulatedObject } from '../objects.ts';
import type { Carrier, Mode } from './carrier.ts';

/** Test keys reach the simulated network, live keys real gateways; the two never mix. */
export const carrierOf = (mode: Mode, leg: string, env: Env): Carrier =>
  mode === 'test' ? simulatedObject(env, leg) : noGateway;

/** No gateway can be registered yet, so a live call fails at once, with a reason that says so. */
const noGateway: Carrier = { perform: async () => refused('no-gateway') };
