import { env } from 'cloudflare:workers';
import { TOKEN_HASH_HEADER } from '../../../src/gateways/api/connect.ts';
import { gatewayObject } from '../../support/objects.ts';

interface Request {
  request_id: string;
  method: string;
  uri: string;
  query_strings: { name: string; value: string }[];
}

interface Channel {
  id: string;
  name: string;
  state: string;
}

export const NUMBERS = {
  answers: '+493023125100',
  'is busy': '+493023125101',
  'never answers': '+493023125102',
  'does not exist': '+493023125103',
  'presses 1 and hangs up': '+493023125107',
};

const CAUSES: Record<string, number> = { [NUMBERS['is busy']]: 17, [NUMBERS['does not exist']]: 1 };

/** An Asterisk at the other end of a gateway's socket, which plays phones as their numbers tell. */
export class ScriptedAsterisk {
  readonly requests: string[] = [];
  readonly channels = new Map<string, Channel>();
  readonly bridges = new Map<string, Set<string>>();
  /** The channel or bridge of each recording that is on, by the recording's name. */
  readonly recordings = new Map<string, string>();
  /** Requests that Asterisk refuses, and the status of the refusal. */
  refusing: { request: RegExp; status: number } | undefined;
  closed: { code: number; reason: string } | undefined;
  /** Requests that Asterisk takes and never answers. */
  unanswered: RegExp | undefined;
  /** Trunks that answer every call with 503. */
  congested: string[] = [];
  /** Trunks that place no call: they answer with this SIP status, or say nothing (''). */
  readonly sipStatuses = new Map<string, string>();
  /** The codecs that calls agree on, as Asterisk reports them. */
  codecs = '(alaw)';
  /** The hash of the token that it connects with. */
  tokenHash = '';
  version = '22.10.1+dfsg+~cs6.17';
  readonly #trunks = new Map<string, string>();
  readonly #args = new Map<string, string[]>();
  readonly #playing = new Map<string, string>();
  #socket: WebSocket | undefined;

  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  async connect(): Promise<void> {
    const headers = { upgrade: 'websocket', [TOKEN_HASH_HEADER]: this.tokenHash };
    const request = new Request('http://edge.example/v1/gateway', { headers });
    this.attach(await gatewayObject(env, this.id).fetch(request));
  }

  attach({ webSocket }: Response): void {
    if (!webSocket) throw new Error('no socket');
    this.#socket = webSocket;
    webSocket.accept();
    webSocket.addEventListener('message', ({ data }) => this.#answer(JSON.parse(String(data))));
    webSocket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
    });
    this.send({ type: 'ApplicationRegistered', application: 'telefoon' });
  }

  /** Closes the socket as a machine does that dies. */
  cut(code = 1011): void {
    this.#socket?.close(code, 'cut');
  }

  send(event: unknown): void {
    this.#socket?.send(typeof event === 'string' ? event : JSON.stringify(event));
  }

  requestsLike(pattern: RegExp): string[] {
    return this.requests.filter((request) => pattern.test(request));
  }

  async isConnected(): Promise<boolean> {
    return (await gatewayObject(env, this.id).status()).connectedSince !== undefined;
  }

  #answer(request: Request): void {
    const { method, uri } = request;
    const query = Object.fromEntries(request.query_strings.map(({ name, value }) => [name, value]));
    this.requests.push(`${method} ${uri}`);
    if (this.unanswered?.test(`${method} ${uri}`)) return;
    const isRefused = this.refusing?.request.test(`${method} ${uri}`);
    const [status, body] = isRefused ? [this.refusing?.status ?? 500] : this.#respond(method, uri, query);
    this.send({
      type: 'RESTResponse',
      request_id: request.request_id,
      status_code: status,
      ...(body !== undefined && { message_body: JSON.stringify(body) }),
    });
    if (method === 'POST' && uri === 'channels' && status === 200) {
      this.#args.set(String(query.channelId), String(query.appArgs).split(','));
      this.#runCall(String(query.channelId), String(query.endpoint));
    }
  }

  #respond(method: string, uri: string, query: Record<string, string>): [number, unknown?] {
    const [kind, id = '', action] = uri.split('/');
    if (kind === 'asterisk') return [200, { system: { version: this.version } }];
    if (kind === 'applications') return [200, {}];
    if (kind === 'playbacks') return this.#playback(method, id);
    if (kind === 'recordings') return this.#recording(decodeURIComponent(action ?? ''), uri.endsWith('/stop'));
    if (action === 'record') return this.#record(kind === 'bridges' ? this.bridges : this.channels, id, query);
    if (kind === 'bridges' && action !== 'play') return this.#bridge(method, id, action, query);
    if (action === 'variable' && method === 'GET') return this.#lastSipStatus(id);
    if (method === 'GET') return id ? this.#show(id) : [200, [...this.channels.values()]];
    if (method === 'DELETE') return action === undefined ? this.#hangUp(id) : [204];
    if (action === 'play') return this.#playMedia(id, query);
    if (action === 'snoop') return this.#snoop(id, query);
    if (action !== undefined) return [204];
    const channel = String(query.channelId);
    if (this.channels.has(channel)) return [409];
    this.channels.set(channel, { id: channel, name: 'PJSIP/phones-1', state: 'Down' });
    return [200, { id: channel }];
  }

  #bridge(method: string, id: string, action: string | undefined, query: Record<string, string>): [number, unknown?] {
    const members = this.bridges.get(id);
    if (method === 'GET')
      return [200, [...this.bridges].map(([name, channels]) => ({ id: name, channels: [...channels] }))];
    if (method === 'DELETE') return [this.bridges.delete(id) ? 204 : 404];
    if (action === undefined) {
      if (members) return [409];
      this.bridges.set(id, new Set());
      return [200, { id }];
    }
    const channel = String(query.channel);
    if (!members || !this.channels.has(channel)) return [404];
    for (const others of this.bridges.values()) others.delete(channel);
    if (action === 'addChannel') members.add(channel);
    return [204];
  }

  #snoop(channel: string, { snoopId = '' }: Record<string, string>): [number] {
    if (!this.channels.has(channel)) return [404];
    if (this.channels.has(snoopId)) return [500];
    this.channels.set(snoopId, { id: snoopId, name: `Snoop/${snoopId}`, state: 'Up' });
    return [200];
  }

  #record(targets: Map<string, unknown>, id: string, { name = '' }: Record<string, string>): [number, unknown?] {
    if (!targets.has(id)) return [404];
    if (this.recordings.has(name)) return [409, { message: `Recording '${name}' already in progress` }];
    this.recordings.set(name, id);
    return [201];
  }

  #recording(name: string, isStop: boolean): [number] {
    if (!this.recordings.has(name)) return [404];
    if (isStop) this.endRecording(name);
    return [204];
  }

  /** A recording ends, for whatever reason: Asterisk does not say which. */
  endRecording(name: string): void {
    this.recordings.delete(name);
    this.send({ type: 'RecordingFinished', recording: { name, state: 'done' } });
  }

  #show(id: string): [number, unknown?] {
    const channel = this.channels.get(id);
    return channel ? [200, channel] : [404];
  }

  /** The last SIP status of a channel. Asterisk answers 500 while a channel has none. */
  #lastSipStatus(id: string): [number, unknown?] {
    const said = this.sipStatuses.get(this.#trunks.get(id) ?? '');
    return said ? [200, { value: said }] : [500, { message: 'Unable to read provided function' }];
  }

  #playback(method: string, id: string): [number] {
    const channel = this.#playing.get(id);
    if (!channel) return [404];
    if (method === 'DELETE') this.#finish(id);
    return [204];
  }

  #playMedia(target: string, { playbackId = '', media = '' }: Record<string, string>): [number] {
    if (!this.channels.has(target) && !this.bridges.has(target)) return [404];
    this.#playing.set(playbackId, target);
    if (!media.includes('endless')) setTimeout(() => this.#finish(playbackId), 20);
    return [201];
  }

  #finish(id: string): void {
    const target = this.#playing.get(id);
    if (!target) return;
    this.#playing.delete(id);
    const uri = `${this.bridges.has(target) ? 'bridge' : 'channel'}:${target}`;
    this.send({ type: 'PlaybackFinished', playback: { id, state: 'done', target_uri: uri } });
  }

  #hangUp(id: string): [number] {
    if (!this.channels.has(id)) return [404];
    setTimeout(() => this.destroy(id, 16), 0);
    return [204];
  }

  destroy(id: string, cause: number): void {
    const channel = this.channels.get(id);
    this.channels.delete(id);
    for (const members of this.bridges.values()) members.delete(id);
    if (channel) this.send({ type: 'ChannelDestroyed', cause, channel });
  }

  state(id: string, state: string): void {
    const channel = this.channels.get(id);
    if (!channel) return;
    channel.state = state;
    this.send({ type: 'ChannelStateChange', channel });
  }

  answer(id: string): void {
    this.state(id, 'Up');
    const channel = { ...this.channels.get(id), channelvars: { 'CHANNEL(audionativeformat)': this.codecs } };
    this.send({ type: 'StasisStart', args: this.#args.get(id) ?? ['outbound', id], channel });
  }

  press(id: string, digit: string): void {
    this.send({ type: 'ChannelDtmfReceived', digit, channel: this.channels.get(id) });
  }

  #runCall(id: string, endpoint: string): void {
    const [number, trunk = ''] = endpoint.replace('PJSIP/', '').split('@');
    this.#trunks.set(id, trunk);
    if (this.sipStatuses.has(trunk)) return;
    const cause = this.congested.includes(trunk) ? 34 : CAUSES[number ?? ''];
    if (cause !== undefined) {
      this.destroy(id, cause);
      return;
    }
    this.state(id, 'Ringing');
    if (number === NUMBERS['never answers']) return;
    this.answer(id);
    if (number !== NUMBERS['presses 1 and hangs up']) return;
    this.press(id, '1');
    this.destroy(id, 0);
  }
}
