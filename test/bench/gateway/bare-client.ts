import { appendFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RunningGateway } from '../../../src/gateway-agent/gateway.ts';
import { withTimeout } from './deadline.ts';

interface AriEvent {
  type: string;
  channel?: { id: string };
}

/**
 * The least that can drive an Asterisk: one socket, which Asterisk opens as it does to the Worker, and no state. Any
 * program needs at least the time that this one needs for the same steps.
 */
export class BareClient {
  readonly #server: Server;
  readonly #answers = new Map<string, (status: number) => void>();
  #ari: WebSocket | undefined;
  #requests = 0;
  onEvent: (event: AriEvent) => void = () => {};

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Gives a running gateway a second socket beside that to the Worker, for as long as its Asterisk runs. */
  static async connect(gateway: RunningGateway): Promise<BareClient> {
    const server = createServer();
    const client = new BareClient(server);
    const registered = new Promise<void>((resolve) => client.#accept(resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await appendFile(join(gateway.directory, 'etc/websocket_client.conf'), socketTo(port));
    await appendFile(join(gateway.directory, 'etc/ari.conf'), APPLICATION);
    await gateway.asterisk('module reload res_websocket_client.so');
    await gateway.asterisk('module reload res_ari.so');
    await withTimeout("the bare client's socket", registered);
    return client;
  }

  /** Resolves to the status of Asterisk's response. */
  request(method: string, uri: string, query: Record<string, string>): Promise<number> {
    this.#requests += 1;
    const id = String(this.#requests);
    const query_strings = Object.entries(query).map(([name, value]) => ({ name, value }));
    const frame = { type: 'RESTRequest', transaction_id: id, request_id: id, method, uri, query_strings };
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#ari?.send(JSON.stringify(frame));
    });
  }

  close(): void {
    this.#ari?.terminate();
    this.#server.close().closeAllConnections();
  }

  #accept(registered: () => void): void {
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'ari' });
    this.#server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (ari) => {
        this.#ari = ari;
        ari.on('message', (data: unknown) => {
          const frame = JSON.parse(String(data));
          if (frame.type === 'ApplicationRegistered') registered();
          if (frame.type === 'RESTResponse') this.#answers.get(frame.request_id)?.(frame.status_code);
          else this.onEvent(frame);
        });
      });
    });
  }
}

const socketTo = (port: number): string => `
[bench]
type = websocket_client
connection_type = persistent
uri = ws://127.0.0.1:${port}/bench
protocols = ari
username = bench
password = bench
connection_timeout = 5000
reconnect_interval = 2000
tls_enabled = no
`;

const APPLICATION = `
[bench]
type = outbound_websocket
websocket_client_id = bench
apps = bench
subscribe_all = no
local_ari_user = telefoon
`;
