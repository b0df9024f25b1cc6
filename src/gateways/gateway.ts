/** A gateway as the operator registered it. */
export interface Gateway {
  id: string;
  /** SHA-256 of its token, hex. */
  tokenHash: string;
  /** Where the machine stands, in the operator's own words. */
  region: string;
  /** Calls at the same time. */
  capacity: number;
}

/** How a gateway is at this moment, as its object sees it. */
export interface GatewayStatus {
  /** Epoch milliseconds; absent while it is not connected. */
  connectedSince?: number;
  /** Asterisk's. */
  version?: string;
  liveChannels: number;
  lastError?: { at: number; message: string };
  /** Frames that were no messages of Asterisk, since the object woke up. */
  ignoredFrames: number;
}
