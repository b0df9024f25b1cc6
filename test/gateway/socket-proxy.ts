import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

/** A request that the Worker sent to Asterisk. */
export interface Asked {
  method: string;
  uri: string;
  query: Record<string, string>;
}

interface Ends {
  gateway?: WebSocket;
  worker: WebSocket;
}

/**
 * The line between a gateway and the Worker, with us in the middle: it counts what passes, can be cut and mended, and
 * takes frames of ours on the way to the Worker.
 */
export class Line {
  /** Frames that reached the other side: from the gateway to the Worker, and back. */
  readonly frames = { toWorker: 0, toGateway: 0 };
  /** What the Worker asked, in order. */
  readonly asked: Asked[] = [];
  /** Lets nothing from the gateway through, and keeps nothing: what was on its way into a socket that dies. */
  isLosing = false;
  /** Connections that the gateway tried while the line was cut. */
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

  /** A line to `target`, the address at which a Worker takes gateways. */
  static async to(target: string): Promise<Line> {
    const line = new Line(target);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  /** Where the gateway connects to. */
  get worker(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/gateway`;
  }

  /** What the Worker asked of a call's channel. */
  askedOf(call: string, what: string): Asked[] {
    return this.asked.filter(({ uri }) => uri === `channels/${call}/${what}`);
  }

  /** As when a cable is pulled: nobody says goodbye, and nobody gets through until the line is mended. */
  cut(): void {
    this.#isCut = true;
    this.#ends?.worker.terminate();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isCut = false;
    this.isLosing = false;
  }

  /** Cut for so long, or for as long as it takes; resolves when the line is mended. */
  async cutFor(milliseconds: number, meanwhile: () => Promise<void>): Promise<void> {
    this.cut();
    await Promise.all([meanwhile(), new Promise((resolve) => setTimeout(resolve, milliseconds))]);
    this.mend();
  }

  /** A frame to the Worker that Asterisk never sent: text, or bytes as a binary one. */
  slipIn(frame: string | Buffer): void {
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
    // Its close follows, and ends the other side.
    worker.on('error', () => {});
    worker.on('close', (code: number) => (ends.gateway ? close(ends.gateway, code) : socket.destroy()));
    worker.on('message', (data: Buffer) => {
      const text = data.toString();
      this.frames.toGateway += 1;
      this.asked.push(readRequest(text));
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

/** Codes from 1004 to 1006 say that there was no goodbye, and may not be said. */
function close(socket: WebSocket, code: number): void {
  if (code >= 1004 && code <= 1006) socket.terminate();
  else socket.close(code);
}

function readRequest(text: string): Asked {
  const { method, uri, query_strings: query } = JSON.parse(text);
  return {
    method,
    uri,
    query: Object.fromEntries(query.map(({ name, value }: { name: string; value: string }) => [name, value])),
  };
}
