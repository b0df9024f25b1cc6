import type { EndCause, Route } from '../../contracts/carrier.ts';

/** How busy a gateway is at this moment. */
export interface GatewayLoad {
  gateway: string;
  connected: boolean;
  /** Live calls of the gateway … */
  calls: number;
  /** … and of one of its trunks. */
  callsOf(trunk: string): number;
}

export type NextTrunk =
  /** This gateway dials over the trunk; `rest` are the routes after it. */
  | { do: 'dial'; route: Route; rest: Route[] }
  /** The next trunk belongs to another gateway, which goes on from there. */
  | { do: 'hand-over'; gateway: string; routes: Route[] }
  | { do: 'refuse'; cause: EndCause };

/** Chooses the next trunk that can take the call. The cause of a refusal is that of the last trunk that could not. */
export function nextTrunk(routes: Route[], load: GatewayLoad, lastCause: EndCause = 'no-gateway'): NextTrunk {
  const [route, ...rest] = routes;
  if (!route) return { do: 'refuse', cause: lastCause };
  if (route.gateway !== load.gateway) return { do: 'hand-over', gateway: route.gateway, routes };
  if (!load.connected) return nextTrunk(rest, load, lastCause);
  const isFull = load.calls >= route.gatewayCapacity || load.callsOf(route.trunk) >= route.capacity;
  return isFull ? nextTrunk(rest, load, 'congestion') : { do: 'dial', route, rest };
}
