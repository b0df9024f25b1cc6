import { type AriRequest, type AriResponse, requestUntilReady } from './ari.ts';

/** What is known of a connection; it hibernates with the socket. */
export interface Connection {
  /** When the gateway connected, epoch milliseconds. */
  since: number;
  /** The URL under which the gateway reaches this Worker over HTTP. */
  origin: string;
  /** Whether the gateway has been initialized, and may be given calls. */
  ready: boolean;
  /** Asterisk's. */
  version?: string;
  /** The hash of the token that the gateway connected with, and when the registry last confirmed it (epoch milliseconds). */
  tokenHash: string;
  checkedAt: number;
}

const RESPONSE_TIMEOUT_MS = 10_000;

/** A path of ARI. What a gateway named is checked when it is read; a path that is none all the same never leaves. */
const PATH = /^[A-Za-z0-9_%-][A-Za-z0-9_.%-]*(\/[A-Za-z0-9_%-][A-Za-z0-9_.%-]*)*$/;

interface PendingRequest {
  resolve: (response: AriResponse) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** The socket that a gateway opened, the newest if there are several, and the requests that travel over it. */
export class GatewaySocket {
  readonly #ctx: DurableObjectState;
  /** The ids of requests begin with this, so that a late response to an earlier incarnation of the object is nobody's. */
  readonly #requestPrefix = crypto.randomUUID().slice(0, 8);
  readonly #pending = new Map<string, PendingRequest>();
  #socket: WebSocket | undefined;
  #requestCount = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    const open = ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
    this.#socket = open.sort((a, b) => connectedSince(b) - connectedSince(a))[0];
  }

  get connection(): Connection | undefined {
    return this.#socket && connectionOf(this.#socket);
  }

  isCurrent(socket: WebSocket): boolean {
    return socket === this.#socket;
  }

  /** The newest connection wins: an older one may be a socket that died without a word. */
  accept(socket: WebSocket, connection: Connection): void {
    const older = this.#socket;
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment(connection);
    this.#socket = socket;
    this.#rejectPending('the gateway connected again');
    closeQuietly(older, 4001, 'replaced by a newer connection of the same gateway');
  }

  update(change: Partial<Connection>): void {
    if (this.connection) this.#socket?.serializeAttachment({ ...this.connection, ...change });
  }

  /** The reason is read by whoever operates the gateway; it has 123 bytes at most. */
  close(code: number, reason: string): void {
    const socket = this.#socket;
    this.closed();
    closeQuietly(socket, code, reason);
  }

  /** The socket is gone. */
  closed(): void {
    this.#socket = undefined;
    this.#rejectPending('the gateway is not connected');
  }

  /** Sends a request to Asterisk, which answers one after the other. Rejects when there is no socket, or no response comes. */
  request({ method, uri, query = {}, body }: AriRequest): Promise<AriResponse> {
    const socket = this.#socket;
    if (!socket) return Promise.reject(new Error('the gateway is not connected'));
    if (!PATH.test(uri)) return Promise.resolve({ status: 400, body: { message: 'no path of ARI' } });
    this.#requestCount += 1;
    const id = `${this.#requestPrefix}-${this.#requestCount}`;
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
      // A gateway that does not answer may have lost events as well: cut off, it connects again and is reconciled.
      const timer = setTimeout(
        () => this.isCurrent(socket) && this.close(4002, 'no answer to a request'),
        RESPONSE_TIMEOUT_MS,
      );
      this.#pending.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify(frame));
    });
  }

  /** The same, repeated while the channel or bridge that it is about is a moment late. */
  requestUntilReady(request: AriRequest): Promise<AriResponse> {
    return requestUntilReady(request, (it) => this.request(it));
  }

  /** Takes a response; false when nobody waits for it. */
  resolveRequest(id: string, response: AriResponse): boolean {
    const pending = this.#pending.get(id);
    if (!pending) return false;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    pending.resolve(response);
    return true;
  }

  #rejectPending(reason: string): void {
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    this.#pending.clear();
  }
}

const connectionOf = (socket: WebSocket): Connection | undefined => socket.deserializeAttachment() ?? undefined;

const connectedSince = (socket: WebSocket): number => connectionOf(socket)?.since ?? 0;

function closeQuietly(socket: WebSocket | undefined, code: number, reason: string): void {
  try {
    socket?.close(code, reason);
  } catch {
    // The socket was closed before.
  }
}
