import { type AriResponse, requestUntilReady } from './ari-response.ts';
import type { AriRequest } from './commands.ts';

/** What is known of a connection; it hibernates with the socket. */
export interface Connection {
  /** Epoch milliseconds. */
  since: number;
  /** How the gateway reaches this Worker over HTTP. */
  origin: string;
  /** Whether Asterisk was asked all that must be known before it may be given calls. */
  ready: boolean;
  version?: string;
  /** What it showed when it connected, and when the registry was last asked whether that still counts. */
  tokenHash: string;
  checkedAt: number;
}

const ANSWER_MS = 10_000;

interface Waiting {
  resolve: (answer: AriResponse) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** The socket that a gateway opened, the newest one if there are several, and the requests that travel over it. */
export class GatewaySocket {
  readonly #ctx: DurableObjectState;
  /** Requests of an earlier incarnation of the object had other names: a late answer to them is nobody's. */
  readonly #name = crypto.randomUUID().slice(0, 8);
  readonly #waiting = new Map<string, Waiting>();
  #socket: WebSocket | undefined;
  #asked = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    const open = ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
    this.#socket = open.sort((a, b) => since(b) - since(a))[0];
  }

  get connection(): Connection | undefined {
    return this.#socket && connectionOf(this.#socket);
  }

  is(socket: WebSocket): boolean {
    return socket === this.#socket;
  }

  /** The newest connection wins: an older one may be a socket that died without a word. */
  accept(socket: WebSocket, connection: Connection): void {
    const older = this.#socket;
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment(connection);
    this.#socket = socket;
    this.#abandon('the gateway connected again');
    close(older, 4001, 'replaced by a newer connection of the same gateway');
  }

  update(change: Partial<Connection>): void {
    if (this.connection) this.#socket?.serializeAttachment({ ...this.connection, ...change });
  }

  /** The reason is read by whoever operates the gateway; 123 bytes at most. */
  close(code: number, reason: string): void {
    const socket = this.#socket;
    this.closed();
    close(socket, code, reason);
  }

  /** The socket is gone. */
  closed(): void {
    this.#socket = undefined;
    this.#abandon('the gateway is not connected');
  }

  /** Asks Asterisk, which answers one request after the other. Rejects when no answer comes. */
  ask({ method, uri, query = {}, body }: AriRequest): Promise<AriResponse> {
    const socket = this.#socket;
    if (!socket) return Promise.reject(new Error('the gateway is not connected'));
    this.#asked += 1;
    const id = `${this.#name}-${this.#asked}`;
    const frame = {
      type: 'RESTRequest',
      transaction_id: id,
      request_id: id,
      method,
      uri,
      query_strings: Object.entries(query).map(([name, value]) => ({ name, value })),
      ...(body !== undefined && { content_type: 'application/json', message_body: JSON.stringify(body) }),
    };
    return new Promise((resolve, reject) => {
      // A gateway that does not answer is not heard either: cut off, it connects again and everything is compared.
      const timer = setTimeout(() => this.is(socket) && this.close(4002, 'no answer to a request'), ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify(frame));
    });
  }

  askPatiently(request: AriRequest): Promise<AriResponse> {
    return requestUntilReady(request, (it) => this.ask(it));
  }

  /** Takes an answer; false when nobody waits for it. */
  settle(id: string, answer: AriResponse): boolean {
    const waiting = this.#waiting.get(id);
    if (!waiting) return false;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    waiting.resolve(answer);
    return true;
  }

  #abandon(reason: string): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    this.#waiting.clear();
  }
}

const connectionOf = (socket: WebSocket): Connection | undefined => socket.deserializeAttachment() ?? undefined;

const since = (socket: WebSocket): number => connectionOf(socket)?.since ?? 0;

function close(socket: WebSocket | undefined, code: number, reason: string): void {
  try {
    socket?.close(code, reason);
  } catch {
    // It was gone already.
  }
}
