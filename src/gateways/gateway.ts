/** What an operator sees of a gateway, beside its place in the registry. */
export interface GatewayStatus {
  connectedSince?: number;
  version?: string;
  liveChannels: number;
  lastError?: { at: number; message: string };
  garbage: number;
}
