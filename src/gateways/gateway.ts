/** What an operator sees of a gateway, beside its place in the registry. */
export interface GatewayStatus {
  connectedSince?: number;
  version?: string;
  liveChannels: number;
  lastError?: { at: number; message: string };
  garbage: number;
}

/** The header in which the route, which has checked the token, tells its hash. */
export const TOKEN_HASH = 'x-gateway-token-hash';
