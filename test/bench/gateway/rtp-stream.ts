import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const PACKET_MS = 20;
const SAMPLES = 160;
const A_LAW = 8;
const SILENCE = 0xd5;
const SIGN = 0x80;
const KEYS = '0123456789*#';
/** For how many packets a key is held before the three that end it: as long as a person presses a key. */
const KEY_PACKETS = 6;
const END = 0x80;
const VOLUME = 10;

/** The audio of one call: it sends silence, or keys that are pressed, and notices the first sound that it hears. */
export class RtpStream {
  readonly #socket: Socket;
  readonly #ssrc = randomInt(2 ** 31);
  #peer: { address: string; port: number } | undefined;
  #events = 0;
  #sequence = 0;
  #timestamp = 0;
  #clock: NodeJS.Timeout | undefined;
  #key: { packets: number; event: number; ended: (at: number) => void } | undefined;
  #onSound: ((at: number) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet: Buffer) => this.#hear(packet, performance.now()));
  }

  static async open(address: string): Promise<RtpStream> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new RtpStream(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends to `peer` from now on; `events` is the payload type of keys. */
  begin(peer: { address: string; port: number }, events: number): void {
    this.#peer = peer;
    this.#events = events;
    this.#clock = setInterval(() => this.#sendPacket(), PACKET_MS);
  }

  /** Presses a key; resolves to the moment at which it was released. */
  press(key: string): Promise<number> {
    return new Promise((ended) => {
      this.#key = { packets: 0, event: KEYS.indexOf(key), ended };
    });
  }

  /** Resolves to the moment at which the next packet comes that is not silent. */
  nextSound(): Promise<number> {
    return new Promise((resolve) => {
      this.#onSound = resolve;
    });
  }

  close(): void {
    clearInterval(this.#clock);
    this.#socket.close();
  }

  #hear(packet: Buffer, at: number): void {
    if (!this.#onSound || (packet.readUInt8(1) & 0x7f) !== A_LAW) return;
    // In A-law zero has two codes, which differ in their sign.
    const loud = packet.subarray(12).filter((code) => (code | SIGN) !== SILENCE).length;
    if (loud < SAMPLES / 10) return;
    this.#onSound(at);
    this.#onSound = undefined;
  }

  #sendPacket(): void {
    if (this.#key) this.#sendKey(this.#key);
    else this.#sendSilence();
  }

  #sendSilence(): void {
    this.#timestamp += SAMPLES;
    this.#send(A_LAW, Buffer.alloc(SAMPLES, SILENCE));
  }

  /** Every packet of a key has the time at which it began, and the last one is sent three times (RFC 4733). */
  #sendKey(key: { packets: number; event: number; ended: (at: number) => void }): void {
    key.packets += 1;
    if (key.packets === 1) this.#timestamp += SAMPLES;
    const isEnd = key.packets > KEY_PACKETS;
    const payload = Buffer.from([key.event, (isEnd ? END : 0) | VOLUME, 0, 0]);
    payload.writeUInt16BE(key.packets * SAMPLES, 2);
    const copies = isEnd ? 3 : 1;
    const at = performance.now();
    for (let copy = 0; copy < copies; copy++) this.#send(this.#events, payload, key.packets === 1);
    if (!isEnd) return;
    this.#timestamp += key.packets * SAMPLES;
    this.#key = undefined;
    key.ended(at);
  }

  #send(type: number, payload: Buffer, mark = false): void {
    if (!this.#peer) return;
    this.#sequence += 1;
    const head = Buffer.alloc(12);
    head.writeUInt8(0x80, 0);
    head.writeUInt8(type | (mark ? 0x80 : 0), 1);
    head.writeUInt16BE(this.#sequence & 0xffff, 2);
    head.writeUInt32BE(this.#timestamp, 4);
    head.writeUInt32BE(this.#ssrc, 8);
    this.#socket.send(Buffer.concat([head, payload]), this.#peer.port, this.#peer.address);
  }
}
