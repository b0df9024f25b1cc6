import type { Carrier } from '../contracts/carrier.ts';
import type { GatewayStatus } from './gateway.ts';

/** All that is asked of a gateway's object. */
export interface GatewayMethods extends Carrier {
  /** Takes the WebSocket that the gateway opens; the route has checked its token. */
  fetch(request: Request): Promise<Response>;
  status(): GatewayStatus;
  /** Another gateway will call with this word, and is let into the bridge. */
  expectLink(word: string, bridge: string): void;
}
