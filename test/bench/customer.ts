import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A customer's server: takes status callbacks, and answers every request for a flow with a hang-up. */
export interface Customer {
  statusUrl: string;
  flowUrl: string;
  /** Types of the callbacks that arrived, in order. */
  callbacks: string[];
  /** Of a conference's callbacks, the call that each is about, in order. */
  participants: string[];
  flowRequests: () => number;
  close(): Promise<void>;
}

export async function startCustomer(): Promise<Customer> {
  const callbacks: string[] = [];
  const participants: string[] = [];
  let flowRequests = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/flow') flowRequests++;
    else {
      const { type, data } = JSON.parse(Buffer.concat(chunks).toString());
      callbacks.push(type);
      if (data.participant) participants.push(data.participant.call_id);
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify([{ verb: 'hangup' }]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const urls = { statusUrl: `${url}/status`, flowUrl: `${url}/flow` };
  return { ...urls, callbacks, participants, flowRequests: () => flowRequests, close };
}
