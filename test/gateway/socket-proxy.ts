import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

/** A request that the Worker sent to Asterisk. */
export interface ProxiedRequest {
  method: string;
  uri: string;
  query: Record<string, string>;
}

interface Ends {
  gateway?: WebSocket;
  worker: WebSocket;
}

/**
 * A proxy on the connection between a gateway and the Worker. It counts the frames that pass, can cut the connection and
 * restore it, and can inject frames on the way to the Worker.
 */
export class SocketProxy {
  /** How many frames reached the other side. */
  readonly frames = { toWorker: 0, toGateway: 0 };
  /** The requests of the Worker, in order. */
  readonly requests: ProxiedRequest[] = [];
  /** Drops everything that comes from the gateway, like what was on its way into a socket that dies. */
  isLosing = false;
  /** How many connections the gateway tried while the proxy was cut. */
  refused = 0;
  readonly #target: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #acceptor = new WebSocketServer({ noServer: true, handleProtocols: () => 'ari' });
  #ends: Ends | undefined;
  #isCut = false;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((_request, response) => void response.writeHead(404).end());
    this.#server.on('connection', (socket) => {
      if (this.#isCut) {
        this.refused += 1;
        socket.resetAndDestroy();
        return;
      }
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => this.#connect(request, socket, head));
  }

  /** A proxy to `target`, the URL at which a Worker takes gateways. */
  static async to(target: string): Promise<SocketProxy> {
    const proxy = new SocketProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The URL to which the gateway connects. */
  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/gateway`;
  }

  /** The Worker's requests for one action of a call's channel. */
  requestsFor(call: string, action: string): ProxiedRequest[] {
    return this.requests.filter(({ uri }) => uri === `channels/${call}/${action}`);
  }

  /** Cuts the connection as when a cable is pulled: without a close frame, and until it is restored. */
  cut(): void {
    this.#isCut = true;
    this.#ends?.worker.terminate();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  restore(): void {
    this.#isCut = false;
    this.isLosing = false;
  }

  /** Cuts the connection for this time at least, and until `meanwhile` is done; then restores it. */
  async cutFor(milliseconds: number, meanwhile: () => Promise<void>): Promise<void> {
    this.cut();
    await Promise.all([meanwhile(), new Promise((resolve) => setTimeout(resolve, milliseconds))]);
    this.restore();
  }

  /** Sends the Worker a frame that Asterisk never sent: a text frame, or a binary one. */
  inject(frame: string | Buffer): void {
    if (!this.#ends?.gateway) throw new Error('No gateway is connected.');
    this.#ends.worker.send(frame);
  }

  end(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { authorization = '' } = request.headers;
    const worker = new WebSocket(this.#target, 'ari', { headers: { authorization }, perMessageDeflate: false });
    const ends: Ends = { worker };
    // The event `close` follows, and ends the other side.
    worker.on('error', () => {});
    worker.on('close', (code: number) => (ends.gateway ? close(ends.gateway, code) : socket.destroy()));
    worker.on('message', (data: Buffer) => {
      const text = data.toString();
      this.frames.toGateway += 1;
      this.requests.push(readRequest(text));
      ends.gateway?.send(text);
    });
    worker.on('open', () =>
      this.#acceptor.handleUpgrade(request, socket, head, (gateway) => this.#join(ends, gateway)),
    );
  }

  #join(ends: Ends, gateway: WebSocket): void {
    ends.gateway = gateway;
    this.#ends = ends;
    gateway.on('error', () => {});
    gateway.on('close', (code: number) => close(ends.worker, code));
    gateway.on('message', (data: Buffer) => {
      if (this.isLosing) return;
      this.frames.toWorker += 1;
      ends.worker.send(data.toString());
    });
  }
}

/** Codes from 1004 to 1006 stand for a close without a frame, and must not be sent in one. */
function close(socket: WebSocket, code: number): void {
  if (code >= 1004 && code <= 1006) socket.terminate();
  else socket.close(code);
}

function readRequest(text: string): ProxiedRequest {
  const { method, uri, query_strings: query } = JSON.parse(text);
  return {
    method,
    uri,
    query: Object.fromEntries(query.map(({ name, value }: { name: string; value: string }) => [name, value])),
  };
}
