import { createSocket } from 'node:dgram';
import type { TemplateValues } from './configuration/template.ts';
import type { InstanceKind } from './configure.ts';
import { GatewayError } from './errors.ts';

/** How many instances of each kind fit side by side on one machine. */
export const MAX_INSTANCES = 10;

/** Where an instance listens. */
export interface ListenAddresses {
  sipAddress: string;
  sipPort: number;
  tlsPort: number;
  rtpStart: number;
  rtpEnd: number;
}

/**
 * The addresses of the instance `index` of a kind on a laptop. Each has a loopback address of its own, because a trunk is
 * known by its address. The ports differ as well, and stay below the range that the system gives to outgoing sockets.
 */
export function localAddresses(kind: InstanceKind, index: number): ListenAddresses {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_INSTANCES) {
    throw new GatewayError(`The index of an instance is a whole number from 0 to ${MAX_INSTANCES - 1}.`);
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

/** The addresses as the templates name them. */
export const addressValues = (addresses: ListenAddresses): TemplateValues => ({
  sip_address: addresses.sipAddress,
  sip_port: addresses.sipPort,
  tls_port: addresses.tlsPort,
  rtp_start: addresses.rtpStart,
  rtp_end: addresses.rtpEnd,
});

/** Rejects when the SIP port is taken. Asterisk would start without it, and say nothing. */
export function assertSipPortFree({ sipAddress, sipPort }: ListenAddresses): Promise<void> {
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
