import { createSocket, type RemoteInfo } from 'node:dgram';
import type { TrunkInput } from '../../src/gateway-agent/configuration/trunks.ts';

/** A carrier without free lines: it answers every call with 503, and OPTIONS with 200. */
export interface CongestedCarrier {
  trunk: TrunkInput;
  /** How many calls the carrier refused. */
  refused: () => number;
  close(): void;
}

export async function startCongestedCarrier(id: string): Promise<CongestedCarrier> {
  const socket = createSocket('udp4');
  // Over UDP the same INVITE may come more than once.
  const calls = new Set<string>();
  socket.on('message', (message, { address, port }: RemoteInfo) => {
    const text = message.toString();
    const [, method] = /^([A-Z]+) sip:/.exec(text) ?? [];
    if (method === 'INVITE') calls.add(/^Call-ID: *(.+)$/im.exec(text)?.[1] ?? '');
    if (method && method !== 'ACK') {
      socket.send(answer(text, method === 'INVITE' ? '503 Service Unavailable' : '200 OK'), port, address);
    }
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { address: host, port } = socket.address();
  return {
    trunk: { kind: 'ip', id, host, port, matches: [host] },
    refused: () => calls.size,
    close: () => socket.close(),
  };
}

function answer(request: string, status: string): string {
  const copied = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
  const tagged = copied.map((line) => (/^To:(?!.*;tag=)/i.test(line) ? `${line};tag=full` : line));
  return [`SIP/2.0 ${status}`, ...tagged, 'Content-Length: 0', '', ''].join('\r\n');
}
