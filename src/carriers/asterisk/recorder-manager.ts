import type { Instruction, LegFact } from '../../contracts/carrier.ts';
import { LATE_MS } from '../../contracts/recording.ts';
import { idTime, isId } from '../../lib/ids.ts';
import { type AriRequest, type AriResponse, errorMessage } from './ari.ts';
import type { AriEvent } from './events.ts';
import { type GatewayLeg, isLive, type LegRecorder } from './leg.ts';
import {
  closeRequests,
  detectedSilence,
  detectSilenceRequests,
  endedRecording,
  initialState,
  liveRecordingUri,
  muteSnoopRequests,
  recordRequests,
  setStateRequests,
  snoopRequests,
  tracksOf,
} from './recording-requests.ts';

/**
 * When a recorder is resumed, what was said before is still on its way through Asterisk: up to 0.15 s of it were seen in
 * files. It is thrown away as long as the recorder is paused, so a recorder stays paused for this long.
 */
const DRAIN_MS = 400;

/** A recording that cannot be told of what it misses for a minute is not told. */
const LONGEST_PAUSE_MS = 32_000;

/** By then it is known whether a recording ended because its leg or its bridge did. */
const END_GRACE_MS = 1000;

/** Whether Asterisk refused because the recording was begun before, or its file is there. */
const isRecordingAlready = ({ status, body }: AriResponse): boolean =>
  status === 409 && /already/.test(errorMessage(body));

/** A channel or recording that is gone (404) need not be asked for anything: that is no refusal. */
const isRefused = ({ status }: AriResponse): boolean => status >= 300 && status !== 404;

/** What recorders need of a gateway's context. */
interface RecorderContext {
  legs: { all(): GatewayLeg[]; find(id: string): GatewayLeg | undefined; save(leg: GatewayLeg): void };
  socket: {
    request(request: AriRequest): Promise<AriResponse>;
    requestUntilReady(request: AriRequest): Promise<AriResponse>;
  };
  report(leg: string, facts: LegFact[]): void;
  /** Tells a recording how many seconds it misses; false where it does not exist yet. */
  reportMissing(recording: string, seconds: number): Promise<boolean>;
  background(work: Promise<unknown>): void;
}

/** Opens recorders of legs and bridges, and does with them what calls and conferences ask. */
export class RecorderManager {
  readonly #context: RecorderContext;

  constructor(context: RecorderContext) {
    this.#context = context;
  }

  async open(leg: GatewayLeg, { recording, order }: Extract<Instruction, { do: 'record' }>): Promise<'done'> {
    const { silence, trim } = order;
    // The id becomes the name of a file.
    if (!isId('RE', recording) || leg.recorders?.some(({ id, closed }) => id === recording && closed)) return 'done';
    const isBridge = leg.status === 'bridge';
    const detectsSilence = silence !== undefined && !isBridge;
    const recorder: LegRecorder = {
      id: recording,
      channels: isBridge ? 1 : order.channels,
      ...(detectsSilence && { detectsSilence }),
      ...(trim && { trim }),
    };
    // The recorder is saved before the requests leave: after a restart they are sent again, which changes nothing.
    this.#save(leg.id, recorder);
    const state = initialState(leg, recording);
    const isOpen =
      (await this.#openChannels(snoopRequests(leg, recorder))) &&
      (await this.#startRecording(leg, recorder, state)) &&
      (!detectsSilence || (await this.#openChannels(detectSilenceRequests(leg, recorder, silence))));
    if (!isOpen) await this.#closeAsFailed(leg.id, recorder, 'recorder-refused');
    return 'done';
  }

  /** Resolves when Asterisk has confirmed the change: the leg's next instruction may bring what must not be heard. */
  async setState(leg: GatewayLeg, { recording, is }: Extract<Instruction, { do: 'recorder' }>): Promise<'done'> {
    const recorder = leg.recorders?.find(({ id }) => id === recording);
    if (!recorder || (recorder.closed && is !== 'off')) return 'done';
    if (is === 'off') {
      this.#save(leg.id, { ...recorder, closed: true });
      await this.#sendAll(closeRequests(leg, recorder));
      return 'done';
    }
    if (is === 'on') await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    const responses = await this.#sendAll(setStateRequests(recorder, is));
    if (responses.some(isRefused)) await this.#closeAsFailed(leg.id, recorder, 'recorder-broke');
    else if (is === 'paused' && leg.status === 'bridge') {
      // A conference waits for this report before it lets anybody in. A call needs none: its next instruction waits.
      this.#context.report(leg.id, [{ type: 'leg.recorder-paused', recording }]);
    }
    return 'done';
  }

  /** Handles an event that is about a recorder, and returns whether it was. */
  handleEvent(event: AriEvent): boolean {
    const silence = detectedSilence(event);
    const ended = endedRecording(event);
    if (silence) this.#silenceDetected(silence);
    if (ended !== undefined) this.#context.background(this.#recordingEnded(ended));
    return silence !== undefined || ended !== undefined;
  }

  /** Finds out which recorders ended while the gateway was away, and closes those that should be closed. */
  async reconcile(): Promise<void> {
    const { legs, socket } = this.#context;
    for (const leg of legs.all()) {
      // A recorder that is still to be opened cannot have ended.
      const opening = leg.pending.flatMap((it) => (it.do === 'record' ? [it.recording] : []));
      for (const recorder of leg.recorders ?? []) {
        if (opening.includes(recorder.id)) continue;
        if (recorder.closed) await this.#sendAll(closeRequests(leg, recorder));
        else {
          const uris = tracksOf(recorder).map(liveRecordingUri);
          const responses = await Promise.all(uris.map((uri) => socket.request({ method: 'GET', uri })));
          if (responses.some(({ status }) => status === 404)) {
            await this.#closeAsFailed(leg.id, recorder, 'recorder-broke');
          }
        }
      }
    }
  }

  /** Resolves to whether the channels exist now. A leg that has no channel any more need not be listened to. */
  async #openChannels(requests: AriRequest[]): Promise<boolean> {
    const responses = await this.#sendAll(requests);
    const opened = responses.map(async (response, at) => {
      const id = requests[at]?.query?.snoopId;
      // Asterisk answers 500 also when the channel exists, because it was asked for before a restart.
      if (response.status !== 500 || id === undefined) return !isRefused(response);
      return (await this.#context.socket.request({ method: 'GET', uri: `channels/${id}` })).status === 200;
    });
    return (await Promise.all(opened)).every(Boolean);
  }

  /** Begins to write. A recorder that is opened paused or silent is deaf until it is. */
  async #startRecording(leg: GatewayLeg, recorder: LegRecorder, state: 'on' | 'paused' | 'silent'): Promise<boolean> {
    if (state !== 'on' && (await this.#sendAll(muteSnoopRequests(leg, recorder, 'POST'))).some(isRefused)) return false;
    const responses = await this.#sendAll(recordRequests(leg, recorder));
    // A bridge may come a moment late. One that is still not there after all tries will not come.
    const isMissing = leg.status === 'bridge' && responses.some(({ status }) => status === 404);
    if (isMissing || responses.some((it) => isRefused(it) && !isRecordingAlready(it))) return false;
    // One that was begun before is not late: only its answer was lost.
    if (!responses.some(isRecordingAlready)) this.#reportIfLate(recorder.id);
    if (state === 'on') return true;
    if ((await this.#sendAll(setStateRequests(recorder, state))).some(isRefused)) return false;
    await this.#sendAll(muteSnoopRequests(leg, recorder, 'DELETE'));
    return true;
  }

  /** The id says when the recording was ordered: the gateway may have been away, or the Worker. */
  #reportIfLate(recording: string): void {
    const late = Date.now() - idTime(recording);
    if (late > LATE_MS) this.#context.background(this.#reportMissing(recording, late / 1000));
  }

  /** The recording may hear of its beginning a moment later than the gateway. */
  async #reportMissing(recording: string, seconds: number): Promise<void> {
    for (let pause = 500; pause <= LONGEST_PAUSE_MS; pause *= 2) {
      if (await this.#context.reportMissing(recording, seconds).catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #silenceDetected({ recording, channel }: { recording: string; channel: string }): void {
    const { socket, report, background } = this.#context;
    const leg = this.#legWithOpen(recording);
    if (leg) report(leg.id, [{ type: 'leg.recorder-silent', recording }]);
    background(socket.request({ method: 'DELETE', uri: `channels/${channel}` }).catch(() => undefined));
  }

  async #recordingEnded(recording: string): Promise<void> {
    if (!this.#legWithOpen(recording)) return;
    await new Promise((resolve) => setTimeout(resolve, END_GRACE_MS));
    const leg = this.#legWithOpen(recording);
    const recorder = leg?.recorders?.find(({ id }) => id === recording);
    if (leg && recorder) await this.#closeAsFailed(leg.id, recorder, 'recorder-broke').catch(() => undefined);
  }

  /** A recorder that does not do what it is asked must not go on listening, so it is closed, too. */
  async #closeAsFailed(leg: string, recorder: LegRecorder, reason: string): Promise<void> {
    const { legs, report } = this.#context;
    const now = legs.find(leg);
    if (!now?.recorders?.some(({ id, closed }) => id === recorder.id && !closed)) return;
    this.#save(leg, { ...recorder, closed: true });
    report(leg, [{ type: 'leg.recorder-failed', recording: recorder.id, reason }]);
    await this.#sendAll(closeRequests(now, recorder));
  }

  #legWithOpen(recording: string): GatewayLeg | undefined {
    const isOpen = ({ id, closed }: LegRecorder) => id === recording && !closed;
    return this.#context.legs
      .all()
      .find((leg) => leg.recorders?.some(isOpen) && (isLive(leg) || leg.status === 'bridge'));
  }

  #save(id: string, recorder: LegRecorder): void {
    const { legs } = this.#context;
    const leg = legs.find(id);
    if (!leg || leg.status === 'ended') return;
    const others = (leg.recorders ?? []).filter((it) => it.id !== recorder.id);
    legs.save({ ...leg, recorders: [...others, recorder] });
  }

  #sendAll(requests: AriRequest[]): Promise<AriResponse[]> {
    return Promise.all(requests.map((request) => this.#context.socket.requestUntilReady(request)));
  }
}
