import type { EndCause, Route } from '../contracts/carrier.ts';

/** A trunk as the operator registered it. */
export interface Trunk {
  gateway: string;
  id: string;
  prefixes: string[];
  priority: number;
  capacity: number;
  gatewayCapacity: number;
  emergency: string[];
}

/** Country codes of Europe that have three digits; the rest of the continent has two. */
const THREE_DIGIT_CODE = /^(3[578]\d|42\d)/;
const SHORTEST_SUBSCRIBER = 5;

/**
 * Emergency and short numbers (112, 110, 144, 116117, 11880 …), whether or not a country code stands before them: the
 * people who answer them cannot see where such a caller is, and some cost a fortune.
 */
export function isSpecial(number: string): boolean {
  if (!number.startsWith('+')) return true;
  const digits = number.slice(1);
  const national = digits.slice(THREE_DIGIT_CODE.test(digits) ? 3 : /^[17]/.test(digits) ? 1 : 2);
  return national.length < SHORTEST_SUBSCRIBER || /^11\d{3,4}$/.test(national);
}

const isSip = (number: string): boolean => /^sips?:/.test(number);

/** A trunk reaches numbers by their first digits, and SIP addresses only of hosts that it was given: a gateway calls no others. */
function serves({ prefixes }: Trunk, number: string): boolean {
  const [, host] = /^sips?:[^@]+@([^:]+)/.exec(number) ?? [];
  if (host !== undefined) return prefixes.includes(`sip:${host.toLowerCase()}`);
  return prefixes.some((prefix) => number.replace(/^\+/, '').startsWith(prefix));
}

/** The trunks to try for a number or a SIP address, the best first, or why there is none. */
export function routesFor(number: string, trunks: Trunk[], call: string): Route[] | EndCause {
  if (trunks.length === 0) return 'no-gateway';
  const special = !isSip(number) && isSpecial(number);
  const fitting = trunks.filter((trunk) => (special ? trunk.emergency.includes(number) : serves(trunk, number)));
  if (fitting.length === 0) return special ? 'emergency-refused' : 'no-route';
  // Trunks of the same priority share the load: the call's id decides, so that a repeat comes to the same order.
  const start = Number.parseInt(call.slice(-4), 16) || 0;
  return fitting
    .map((trunk, index) => ({ trunk, turn: (index + start) % fitting.length }))
    .sort((a, b) => a.trunk.priority - b.trunk.priority || a.turn - b.turn)
    .map(({ trunk }) => ({
      gateway: trunk.gateway,
      trunk: trunk.id,
      capacity: trunk.capacity,
      gatewayCapacity: trunk.gatewayCapacity,
    }));
}

/** What a gateway is like at this moment. */
export interface Situation {
  gateway: string;
  connected: boolean;
  /** Live calls, and those of each trunk. */
  calls: number;
  callsOf(trunk: string): number;
}

export type RouteDecision =
  | { do: 'call'; route: Route; rest: Route[] }
  /** The next trunk belongs to another gateway, which goes on from there. */
  | { do: 'pass'; gateway: string; routes: Route[] }
  | { do: 'refuse'; cause: EndCause };

/** The next trunk that can take the call. `last` is why the one before could not. */
export function nextRoute(routes: Route[], here: Situation, last: EndCause = 'no-gateway'): RouteDecision {
  const [route, ...rest] = routes;
  if (!route) return { do: 'refuse', cause: last };
  if (route.gateway !== here.gateway) return { do: 'pass', gateway: route.gateway, routes };
  if (!here.connected) return nextRoute(rest, here, last);
  const full = here.calls >= route.gatewayCapacity || here.callsOf(route.trunk) >= route.capacity;
  return full ? nextRoute(rest, here, 'congestion') : { do: 'call', route, rest };
}
