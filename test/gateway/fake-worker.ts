import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** An event of ARI: the fields that the tests read. */
export interface AriEvent {
  type: string;
  args?: string[];
  digit?: string;
  cause?: number;
  channel?: { id: string; state: string; caller: { number: string; name: string } };
  playback?: { id: string; state: string };
  recording?: { name: string };
}

export interface AriResponse {
  status: number;
  body: unknown;
}

export interface FakeWorkerOptions {
  port?: number;
  token?: string;
  tls?: { cert: Buffer; key: Buffer };
}

type Listener = { wants: (event: AriEvent) => boolean; take: (event: AriEvent) => void };

/** A Worker that does what a test says: it takes one gateway's socket, drives Asterisk, and serves audio over HTTP. */
export class FakeWorker {
  readonly events: AriEvent[] = [];
  readonly refused: string[] = [];
  readonly fetched: string[] = [];
  readonly audio = new Map<string, Buffer>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Map<string, (answer: AriResponse) => void>();
  #listeners: Listener[] = [];
  #ari: WebSocket | undefined;
  #requests = 0;
  /** The `Authorization` header and sub-protocols of the last upgrade. */
  lastUpgrade: { authorization: string; protocols: string } | undefined;

  private constructor(options: FakeWorkerOptions) {
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      const audio = this.audio.get(request.url ?? '');
      this.fetched.push(request.url ?? '');
      // Without `max-age`, Asterisk fetches a prompt twice for every time that it is played.
      const headers = { 'content-type': 'audio/wav', 'cache-control': 'max-age=3600' };
      response.writeHead(audio ? 200 : 404, headers).end(audio);
    };
    this.#server = options.tls ? createSecureServer(options.tls, serve) : createServer(serve);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#takeUpgrades(options.token);
  }

  static async start(options: FakeWorkerOptions = {}): Promise<FakeWorker> {
    const fakeWorker = new FakeWorker(options);
    await new Promise<void>((resolve, reject) => {
      fakeWorker.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return fakeWorker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1/gateway`;
  }

  /** Ends as if the machine had lost its power: without a close frame. */
  kill(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Sends a REST request over the socket. */
  request(method: string, uri: string, query: Record<string, string | number> = {}): Promise<AriResponse> {
    this.#requests += 1;
    const id = String(this.#requests);
    const strings = Object.entries(query).map(([name, value]) => ({ name, value: String(value) }));
    return new Promise((resolve, reject) => {
      if (!this.#ari) return reject(new Error('No gateway is connected.'));
      this.#answers.set(id, resolve);
      const frame = { type: 'RESTRequest', transaction_id: id, request_id: id, method, uri, query_strings: strings };
      this.#ari.send(JSON.stringify(frame));
    });
  }

  /** Resolves to the first event, past or future, that fits. */
  event(type: string, fits: (event: AriEvent) => boolean = () => true, withinMs = 20_000): Promise<AriEvent> {
    const wants = (event: AriEvent) => event.type === type && fits(event);
    const past = this.events.find(wants);
    if (past) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`No ${type} within ${withinMs} ms.`)), withinMs);
      const take = (event: AriEvent) => {
        clearTimeout(late);
        resolve(event);
      };
      this.#listeners.push({ wants, take });
    });
  }

  /** Calls a number over the local trunk. */
  originate(channelId: string, number: string, options: { trunk?: string; timeout?: number; callerId?: string } = {}) {
    const { trunk = 'phones', timeout = 30, callerId = '+493023125900' } = options;
    // Without this list an offer begins with µ-law, whatever the trunk's own order is.
    const formats = 'alaw,ulaw,g722';
    const endpoint = `PJSIP/${number}@${trunk}`;
    const query = {
      endpoint,
      app: 'telefoon',
      appArgs: `outbound,${channelId}`,
      channelId,
      callerId,
      timeout,
      formats,
    };
    return this.request('POST', 'channels', query);
  }

  /** Resolves when Asterisk takes commands for a channel. */
  started = (id: string) => this.event('StasisStart', (event) => event.channel?.id === id);
  destroyed = (id: string) => this.event('ChannelDestroyed', (event) => event.channel?.id === id);

  /** Resolves to the last event of an inbound call: ChannelDestroyed comes only for channels that ARI originated. */
  stasisEnded = (id: string) => this.event('StasisEnd', (event) => event.channel?.id === id);

  #takeUpgrades(token: string | undefined): void {
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'ari' });
    this.#server.on('upgrade', (request, socket, head) => {
      const { authorization = '', 'sec-websocket-protocol': protocols = '' } = request.headers;
      this.lastUpgrade = { authorization, protocols };
      const given = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')[1];
      if (token !== undefined && given !== token) {
        this.refused.push(authorization);
        socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (ari) => this.#take(ari));
    });
  }

  #take(ari: WebSocket): void {
    this.#ari = ari;
    ari.on('error', () => {});
    ari.on('message', (data: unknown) => {
      const frame = JSON.parse(String(data));
      if (frame.type === 'RESTResponse') this.#answer(frame);
      else this.#tell(frame);
    });
  }

  #answer(frame: { request_id: string; status_code: number; message_body?: string }): void {
    const body = frame.message_body ? JSON.parse(frame.message_body) : undefined;
    this.#answers.get(frame.request_id)?.({ status: frame.status_code, body });
    this.#answers.delete(frame.request_id);
  }

  #tell(event: AriEvent): void {
    this.events.push(event);
    const found = this.#listeners.filter((listener) => listener.wants(event));
    this.#listeners = this.#listeners.filter((listener) => !found.includes(listener));
    for (const { take } of found) take(event);
  }
}
