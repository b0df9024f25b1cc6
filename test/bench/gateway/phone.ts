import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { withTimeout } from './deadline.ts';
import { RtpStream } from './rtp-stream.ts';
import { answerTo, audioIn, byeAfter, eventsIn, header, readSip, type SipMessage, sdpOf } from './sip.ts';

/**
 * The phone network of the measurements: a SIP phone of our own in this process, so that what is sent to the Worker and
 * what arrives at the phone are read from one clock. One call at a time.
 */
export class Phone {
  readonly #socket: Socket;
  readonly #address: string;
  #onCall: ((call: PhoneCall) => void) | undefined;
  #call: PhoneCall | undefined;

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
    socket.on('message', (bytes: Buffer, peer: RemoteInfo) =>
      this.#take(readSip(String(bytes)), peer, performance.now()),
    );
  }

  static async start(address: string, port: number): Promise<Phone> {
    const socket = createSocket('udp4');
    socket.bind(port, address);
    await once(socket, 'listening');
    return new Phone(socket, address);
  }

  /** Resolves to the next call when its INVITE comes. */
  nextCall(): Promise<PhoneCall> {
    const call = new Promise<PhoneCall>((resolve) => {
      this.#onCall = resolve;
    });
    return withTimeout('the INVITE', call);
  }

  /** Ends the call that a failed measurement left behind. */
  async clear(): Promise<void> {
    this.#onCall = undefined;
    await this.#call?.hangUp();
  }

  close(): void {
    this.#socket.close();
  }

  #take(message: SipMessage, peer: RemoteInfo, at: number): void {
    const call = header(message, 'call-id') === this.#call?.id ? this.#call : undefined;
    if (message.method === 'INVITE') this.#invite(message, peer, at);
    else if (message.method !== 'SIP/2.0' && message.method !== 'ACK') {
      this.#send(answerTo(message, { status: '200 OK', tag: 'phone', contact: this.#contact() }), peer);
    }
    // The only response that can come is that to a BYE.
    if (message.method === 'BYE' || message.method === 'SIP/2.0') call?.ended();
  }

  #invite(invite: SipMessage, peer: RemoteInfo, at: number): void {
    // A repeated INVITE has its response on the way, and a re-INVITE is not expected.
    if (header(invite, 'call-id') === this.#call?.id) return;
    const via = `${this.#address}:${this.#socket.address().port}`;
    const call = new PhoneCall(invite, at, { via, contact: this.#contact(), send: (text) => this.#send(text, peer) });
    this.#call = call;
    this.#onCall?.(call);
    this.#onCall = undefined;
  }

  #contact(): string {
    return `sip:phone@${this.#address}:${this.#socket.address().port}`;
  }

  #send(text: string, { port, address }: RemoteInfo): void {
    this.#socket.send(text, port, address);
  }
}

interface SipLine {
  via: string;
  contact: string;
  send(text: string): void;
}

export class PhoneCall {
  readonly id: string;
  /** When the INVITE arrived, by `performance.now()`, as all times here. */
  readonly invitedAt: number;
  readonly #invite: SipMessage;
  readonly #line: SipLine;
  readonly #tag = crypto.randomUUID();
  #audio: RtpStream | undefined;
  #onEnd: (() => void) | undefined;
  #hasEnded = false;

  constructor(invite: SipMessage, at: number, line: SipLine) {
    this.id = header(invite, 'call-id');
    this.invitedAt = at;
    this.#invite = invite;
    this.#line = line;
  }

  ring(): void {
    this.#answer('180 Ringing');
  }

  /** Resolves to the moment at which the phone picked up. */
  async pickUp(): Promise<number> {
    const [address = ''] = this.#line.via.split(':');
    const audio = await RtpStream.open(address);
    this.#audio = audio;
    const events = eventsIn(this.#invite.body);
    const at = performance.now();
    this.#answer('200 OK', sdpOf({ address, port: audio.port }, events));
    audio.begin(audioIn(this.#invite.body), events);
    return at;
  }

  press(key: string): Promise<number> {
    return this.#audio ? this.#audio.press(key) : Promise.reject(new Error('The phone has not picked up.'));
  }

  nextSound(): Promise<number> {
    return this.#audio
      ? withTimeout('the prompt', this.#audio.nextSound())
      : Promise.reject(new Error('It is not up.'));
  }

  /** Resolves when the other side has confirmed the hang-up. */
  async hangUp(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
    if (!this.#audio) {
      this.#answer('486 Busy Here');
      this.ended();
      return;
    }
    this.#line.send(byeAfter(this.#invite, { tag: this.#tag, via: this.#line.via }));
    await withTimeout('the response to BYE', ended);
  }

  /** The call has ended: the other side hung up, or has confirmed that we did. */
  ended(): void {
    if (!this.#hasEnded) this.#audio?.close();
    this.#hasEnded = true;
    this.#onEnd?.();
  }

  #answer(status: string, sdp?: string): void {
    const { contact } = this.#line;
    this.#line.send(answerTo(this.#invite, { status, tag: this.#tag, contact, ...(sdp !== undefined && { sdp }) }));
  }
}
