import { createSocket } from 'node:dgram';
import type { Kind } from './configure.ts';
import { GatewayError } from './errors.ts';

/** Instances of each kind that fit side by side on one machine. */
export const INSTANCES = 10;

export interface Place {
  sipAddress: string;
  sipPort: number;
  tlsPort: number;
  rtpStart: number;
  rtpEnd: number;
}

/**
 * Where the instance `index` of a kind listens on a laptop. Each has a loopback address of its own, because a trunk is
 * known by its address; the ports differ as well and stay below the range that the system gives to outgoing sockets.
 */
export function localPlace(kind: Kind, index: number): Place {
  if (!Number.isInteger(index) || index < 0 || index >= INSTANCES) {
    throw new GatewayError(`The index of an instance is a whole number from 0 to ${INSTANCES - 1}.`);
  }
  const [net, sip, tls, rtp] = kind === 'gateway' ? [1, 5160, 5180, 10_000] : [2, 5260, 5280, 20_000];
  const rtpStart = rtp + index * 1000;
  return {
    sipAddress: `127.0.${net}.${index + 1}`,
    sipPort: sip + index,
    tlsPort: tls + index,
    rtpStart,
    rtpEnd: rtpStart + 999,
  };
}

/** Asterisk starts happily without its SIP port, so look before. */
export function assertFree({ sipAddress, sipPort }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (error) =>
      reject(
        new GatewayError(`SIP cannot be opened on ${sipAddress}:${sipPort}: ${error.message}. Is it running already?`),
      ),
    );
    socket.bind(sipPort, sipAddress, () => socket.close(() => resolve()));
  });
}
