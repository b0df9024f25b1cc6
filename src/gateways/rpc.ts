import type { Carrier } from '../contracts/carrier.ts';
import type { GatewayStatus } from './gateway.ts';

/** The methods of a gateway's object. */
export interface GatewayMethods extends Carrier {
  /** Accepts the WebSocket that the gateway opens; the route has checked its token. */
  fetch(request: Request): Promise<Response>;
  status(): GatewayStatus;
  /** Another gateway will call under the link's name, and is let into the bridge. */
  expectLink(link: string, bridge: string): void;
}
