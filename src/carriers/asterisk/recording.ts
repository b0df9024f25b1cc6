import type { Instruction, LegFact } from '../../contracts/carrier.ts';
import { isId } from '../../lib/ids.ts';
import { type AriResponse, messageOf } from './ari-response.ts';
import type { AriRequest } from './commands.ts';
import type { AriEvent } from './events.ts';
import { isLive, type Leg, type LegRecorder } from './leg.ts';
import {
  change,
  close,
  deafen,
  detectSilence,
  endedIn,
  listen,
  liveOf,
  openedAs,
  silenceIn,
  tracksOf,
  write,
} from './recording-requests.ts';

/**
 * What was said before the recorder may hear again is still on its way through Asterisk: up to 0.15 s of it were seen in
 * files. It is thrown away as long as the recorder is paused.
 */
const DRAIN_MS = 400;

/** By then it is known whether a recording ended because its leg or its bridge did. */
const BROKEN_MS = 1000;

/** It was begun before, and its file is there. */
const isBegun = ({ status, body }: AriResponse): boolean => status === 409 && /already/.test(messageOf(body));

const isRefused = ({ status }: AriResponse): boolean => status >= 300 && status !== 404;

/** What it needs of a gateway's desk. */
interface Desk {
  legs: { all(): Leg[]; find(id: string): Leg | undefined; save(leg: Leg): void };
  socket: { ask(request: AriRequest): Promise<AriResponse>; askPatiently(request: AriRequest): Promise<AriResponse> };
  tell(leg: string, facts: LegFact[]): void;
  background(work: Promise<unknown>): void;
}

/** Opens recorders of legs and bridges, and does with them what calls and conferences ask. */
export class RecorderRunner {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async open(leg: Leg, { recording, order }: Extract<Instruction, { do: 'record' }>): Promise<'done'> {
    const { silence, trim } = order;
    // It becomes the name of a file.
    if (!isId('RE', recording) || leg.recorders?.some(({ id, closed }) => id === recording && closed)) return 'done';
    const isBridge = leg.status === 'bridge';
    const detects = silence !== undefined && !isBridge;
    const recorder: LegRecorder = {
      id: recording,
      channels: isBridge ? 1 : order.channels,
      ...(detects && { silence: true }),
      ...(trim && { trim }),
    };
    // Known before it is asked for: a restart asks again, which changes nothing.
    this.#keep(leg.id, recorder);
    const as = openedAs(leg, recording);
    const isOpen =
      (await this.#listen(listen(leg, recorder))) &&
      (await this.#write(leg, recorder, as)) &&
      (!detects || (await this.#listen(detectSilence(leg, recorder, silence))));
    if (!isOpen) await this.#fail(leg.id, recorder, 'recorder-refused');
    return 'done';
  }

  /** Not done before Asterisk has said so: what comes after it may be what must not be heard. */
  async set(leg: Leg, { recording, is }: Extract<Instruction, { do: 'recorder' }>): Promise<'done'> {
    const recorder = leg.recorders?.find(({ id }) => id === recording);
    if (!recorder || (recorder.closed && is !== 'off')) return 'done';
    if (is === 'off') {
      this.#keep(leg.id, { ...recorder, closed: true });
      await this.#askAll(close(leg, recorder));
      return 'done';
    }
    if (is === 'on') await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    const answers = await this.#askAll(change(recorder, is));
    if (answers.some(isRefused)) await this.#fail(leg.id, recorder, 'recorder-broke');
    else if (is === 'paused' && leg.status === 'bridge') {
      // Conferences wait for it before they let anybody in. Of a leg it is known: what comes after it is asked for later.
      this.#desk.tell(leg.id, [{ type: 'leg.recorder-paused', recording }]);
    }
    return 'done';
  }

  /** Whether the event was about a recorder. */
  hear(event: AriEvent): boolean {
    const silence = silenceIn(event);
    const ended = endedIn(event);
    if (silence) this.#silent(silence);
    if (ended !== undefined) this.#desk.background(this.#ended(ended));
    return silence !== undefined || ended !== undefined;
  }

  /** What happened to recorders while nobody listened. One that should be closed is, for good. */
  async compare(): Promise<void> {
    const { legs, socket } = this.#desk;
    for (const leg of legs.all()) {
      // What is still to be asked for cannot have ended.
      const opening = leg.todo.flatMap((it) => (it.do === 'record' ? [it.recording] : []));
      for (const recorder of leg.recorders ?? []) {
        if (opening.includes(recorder.id)) continue;
        if (recorder.closed) await this.#askAll(close(leg, recorder));
        else {
          const uris = tracksOf(recorder).map(liveOf);
          const answers = await Promise.all(uris.map((uri) => socket.ask({ method: 'GET', uri })));
          if (answers.some(({ status }) => status === 404)) await this.#fail(leg.id, recorder, 'recorder-broke');
        }
      }
    }
  }

  /** Whether the channels are there; a leg that has none any more need not be listened to. */
  async #listen(requests: AriRequest[]): Promise<boolean> {
    const answers = await this.#askAll(requests);
    const there = answers.map(async (answer, at) => {
      const id = requests[at]?.query?.snoopId;
      // Asterisk answers so also when the channel exists: it was asked for before.
      if (answer.status !== 500 || id === undefined) return !isRefused(answer);
      return (await this.#desk.socket.ask({ method: 'GET', uri: `channels/${id}` })).status === 200;
    });
    return (await Promise.all(there)).every(Boolean);
  }

  /** Begins to write; what is not to be heard from the start, is not heard for a moment. */
  async #write(leg: Leg, recorder: LegRecorder, as: 'on' | 'paused' | 'silent'): Promise<boolean> {
    if (as !== 'on' && (await this.#askAll(deafen(leg, recorder, 'POST'))).some(isRefused)) return false;
    const answers = await this.#askAll(write(leg, recorder));
    // A bridge that is not there may be a moment late, but not so late.
    const isMissing = leg.status === 'bridge' && answers.some(({ status }) => status === 404);
    if (isMissing || answers.some((answer) => isRefused(answer) && !isBegun(answer))) return false;
    if (as === 'on') return true;
    if ((await this.#askAll(change(recorder, as))).some(isRefused)) return false;
    await this.#askAll(deafen(leg, recorder, 'DELETE'));
    return true;
  }

  #silent({ recording, channel }: { recording: string; channel: string }): void {
    const { socket, tell, background } = this.#desk;
    const leg = this.#owner(recording);
    if (leg) tell(leg.id, [{ type: 'leg.recorder-silent', recording }]);
    background(socket.ask({ method: 'DELETE', uri: `channels/${channel}` }).catch(() => undefined));
  }

  async #ended(recording: string): Promise<void> {
    if (!this.#owner(recording)) return;
    await new Promise((resolve) => setTimeout(resolve, BROKEN_MS));
    const leg = this.#owner(recording);
    const recorder = leg?.recorders?.find(({ id }) => id === recording);
    if (leg && recorder) await this.#fail(leg.id, recorder, 'recorder-broke').catch(() => undefined);
  }

  /** Closed, too: one that does not do what it is asked must not hear on. */
  async #fail(leg: string, recorder: LegRecorder, reason: string): Promise<void> {
    const { legs, tell } = this.#desk;
    const now = legs.find(leg);
    if (!now?.recorders?.some(({ id, closed }) => id === recorder.id && !closed)) return;
    this.#keep(leg, { ...recorder, closed: true });
    tell(leg, [{ type: 'leg.recorder-failed', recording: recorder.id, reason }]);
    await this.#askAll(close(now, recorder));
  }

  /** Whose recorder is open. */
  #owner(recording: string): Leg | undefined {
    const isOpen = ({ id, closed }: LegRecorder) => id === recording && !closed;
    return this.#desk.legs.all().find((leg) => leg.recorders?.some(isOpen) && (isLive(leg) || leg.status === 'bridge'));
  }

  #keep(id: string, recorder: LegRecorder): void {
    const { legs } = this.#desk;
    const leg = legs.find(id);
    if (!leg || leg.status === 'over') return;
    const others = (leg.recorders ?? []).filter((it) => it.id !== recorder.id);
    legs.save({ ...leg, recorders: [...others, recorder] });
  }

  #askAll(requests: AriRequest[]): Promise<AriResponse[]> {
    return Promise.all(requests.map((request) => this.#desk.socket.askPatiently(request)));
  }
}
