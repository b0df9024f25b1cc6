import type { Instruction } from '../../contracts/carrier.ts';
import { LATE_MS, type RecorderState } from '../../contracts/recording.ts';
import { defined } from '../../lib/defined.ts';
import { idTime, isId } from '../../lib/ids.ts';
import type { TimeSpan } from './sounds.ts';

/**
 * A time that the recording holds: with its sound, or as silence. Times of a leg's recorder are the leg's own; those of a
 * bridge's recorder are wall times, and each of their seconds holds `speed` seconds of sound.
 */
export interface RecordedSpan extends TimeSpan {
  speed: number;
  isSilent?: true;
}

/** One recorder of a leg or of a bridge. JSON. */
export interface SimulatedRecorder {
  recording: string;
  channels: 1 | 2;
  trim?: true;
  state: RecorderState;
  startedAt: number;
  spans: RecordedSpan[];
  /** How many seconds of sound it missed, because it was opened later than it was ordered. */
  missedSeconds?: number;
  /** The recorder reports, once, that nobody has spoken for so many seconds … */
  silenceSeconds?: number;
  silenceReported?: true;
  /** … since this time at the earliest. */
  listeningSince: number;
  /** The recording is over and is to be rendered; absent once that is done, or given up. */
  job?: RenderJob;
}

/** The rendering of a recording. Times are wall times. */
export interface RenderJob {
  dueAt: number;
  /** How often rendering was begun, and how often it had to wait because something else could not be reached. */
  tries: number;
  waits: number;
  /** Somebody renders. A claim that is not renewed is one of an object that is gone, and the job can be begun again. */
  isClaimed?: true;
}

/**
 * What came of rendering: the files are stored, or wanted by nobody; something could not be reached, or the recording is
 * not known yet; or rendering broke.
 */
export type RenderResult = 'done' | 'later' | 'failed';

/** A moment as the recorder counts, its wall time, and how fast sounds go by. */
export interface SoundMoment {
  at: number;
  wall: number;
  speed: number;
  /** How fast `at` goes by; the same as `speed`, when absent. */
  pace?: number;
  /** After this there was nothing to be heard any more. */
  endedAt?: number;
}

/** How long to wait until what the other parties did last has arrived at their bridges. */
const SETTLE_MS = 250;
const MAX_TRIES = 3;
/** So many pauses a recording may have. */
const MAX_SPANS = 2000;
/** With the longest wait between them, these are about a day: for so long a recording waits for its files. */
const MAX_WAITS = 110;
const LONGEST_WAIT_MS = 900_000;
const FIRST_WAIT_MS = 1000;
/** A job that was claimed by an object that is gone is begun again after this time at the latest. */
const CLAIM_MS = 60_000;
/** So many recorders that have done everything are kept: by its id a recorder is known, and not begun again. */
const KEPT = 200;

type Order<Do extends Instruction['do']> = Extract<Instruction, { do: Do }>;

/** Opens a recorder; one that exists is not opened again. */
export function addRecorder(
  recorders: SimulatedRecorder[],
  { recording, order }: Order<'record'>,
  moment: SoundMoment,
): SimulatedRecorder[] {
  const { channels, silence, trim } = order;
  if (recorders.some((it) => it.recording === recording)) return recorders;
  const { at } = moment;
  const opened: SimulatedRecorder = {
    recording,
    channels,
    state: 'paused',
    startedAt: at,
    listeningSince: at,
    spans: [],
    ...(silence && { silenceSeconds: silence }),
    ...defined({ trim, missedSeconds: missedBy(recording, moment) }),
  };
  const done = recorders.filter(isDone);
  const kept = done.length < KEPT ? recorders : recorders.filter((it) => it !== done[0]);
  return [...kept, switchTo(opened, 'on', moment)];
}

/** The id says when the recording was ordered. Where time goes by faster, the order takes a longer time of it to arrive. */
function missedBy(recording: string, { at, speed, pace = speed, endedAt = at }: SoundMoment): number | undefined {
  const late = isId('RE', recording) ? endedAt - idTime(recording) : 0;
  return late > LATE_MS * pace ? (late * speed) / 1000 : undefined;
}

/** Pauses, resumes, silences or stops one of the recorders. */
export const switchRecorder = (
  recorders: SimulatedRecorder[],
  { recording, is }: Order<'recorder'>,
  moment: SoundMoment,
): SimulatedRecorder[] => recorders.map((it) => (it.recording === recording ? switchTo(it, is, moment) : it));

/** Stops all recorders: the leg or the bridge is over. */
export const closeRecorders = (recorders: SimulatedRecorder[], moment: SoundMoment): SimulatedRecorder[] =>
  recorders.map((it) => switchTo(it, 'off', moment));

/** Sounds go by at another speed from now on. */
export const changeRecordingSpeed = (recorders: SimulatedRecorder[], moment: SoundMoment): SimulatedRecorder[] =>
  recorders.map((it) => (it.state === 'off' ? it : { ...it, spans: switchSpans(it.spans, it.state, moment) }));

function switchTo(recorder: SimulatedRecorder, state: RecorderState, moment: SoundMoment): SimulatedRecorder {
  if (recorder.state === 'off' || recorder.state === state) return recorder;
  const spans = switchSpans(recorder.spans, state, moment);
  // Nobody can be said to have been silent while nobody listened.
  const listeningSince = recorder.state === 'paused' ? moment.at : recorder.listeningSince;
  const switched: SimulatedRecorder = { ...recorder, state, spans, listeningSince };
  return state === 'off' ? { ...switched, job: { dueAt: moment.wall + SETTLE_MS, tries: 0, waits: 0 } } : switched;
}

/** Ends the last span, and begins the next one where the recording goes on. */
function switchSpans(spans: RecordedSpan[], state: RecorderState, { at, speed }: SoundMoment): RecordedSpan[] {
  const ended = spans.map((it) => (it.to === undefined ? { ...it, to: Math.max(it.from, at) } : it));
  // A recording has an end, also for whoever pauses it again and again: what comes later is not in it.
  if (state === 'paused' || state === 'off' || ended.length >= MAX_SPANS) return ended;
  return [...ended, { from: at, speed, ...(state === 'silent' && { isSilent: true }) }];
}

/** When the recorder will have to report silence, as far as is known. `spoken` are the times of speech, the soonest first. */
export function silenceDue(
  { state, silenceSeconds, silenceReported, listeningSince }: SimulatedRecorder,
  spoken: TimeSpan[],
): number | undefined {
  if (silenceSeconds === undefined || silenceReported || state === 'off' || state === 'paused') return undefined;
  let quietSince = listeningSince;
  for (const { from, to } of spoken) {
    if (from >= quietSince + silenceSeconds * 1000) break;
    if (to === undefined) return undefined;
    quietSince = Math.max(quietSince, to);
  }
  return quietSince + silenceSeconds * 1000;
}

export const withSilenceReported = (recorders: SimulatedRecorder[], recording: string): SimulatedRecorder[] =>
  recorders.map((it) => (it.recording === recording ? { ...it, silenceReported: true } : it));

const isDone = ({ state, job }: SimulatedRecorder): boolean => state === 'off' && job === undefined;

/** When a recording is to be rendered next. */
export function nextRenderJob(recorders: SimulatedRecorder[] = []): number | undefined {
  const due = recorders.flatMap(({ job }) => (job ? [job.dueAt] : []));
  return due.length > 0 ? Math.min(...due) : undefined;
}

/**
 * Claims a job that is due; or one that is claimed, which then belongs to an object that is gone: within one object,
 * nobody claims while somebody renders.
 */
export function claimRenderJob(recorders: SimulatedRecorder[], now: number): SimulatedRecorder | undefined {
  const due = recorders.find(({ job }) => job && (job.isClaimed || job.dueAt <= now));
  if (!due?.job) return undefined;
  const { tries, waits } = due.job;
  return { ...due, job: { dueAt: now + CLAIM_MS, tries: tries + 1, waits, isClaimed: true } };
}

/** Keeps the claims of jobs whose rendering goes on. */
export const renewRenderClaims = (recorders: SimulatedRecorder[], now: number): SimulatedRecorder[] =>
  recorders.map((it) =>
    it.job?.isClaimed && it.job.dueAt <= now ? { ...it, job: { ...it.job, dueAt: now + CLAIM_MS } } : it,
  );

/** The recorder after its job was tried; without a job, when that was the last time. */
export function settleRenderJob(recorder: SimulatedRecorder, result: RenderResult, now: number): SimulatedRecorder {
  const { job, ...rest } = recorder;
  if (!job || result === 'done' || isHopeless(job, result)) return { ...rest, spans: [] };
  const { tries, waits } = result === 'later' ? { tries: job.tries - 1, waits: job.waits + 1 } : job;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (tries + waits - 1), LONGEST_WAIT_MS);
  return { ...rest, job: { dueAt: now + wait, tries, waits } };
}

const isHopeless = ({ tries, waits }: RenderJob, result: RenderResult): boolean =>
  result === 'failed' ? tries >= MAX_TRIES : waits >= MAX_WAITS;

/** Whether the recording can never be rendered. */
export const hasFailed = ({ job }: SimulatedRecorder, result: RenderResult): boolean =>
  result === 'failed' && job !== undefined && job.tries >= MAX_TRIES;

/** Whether a job was claimed too often: an object that died while it rendered has tried, too. */
export const hasNoTriesLeft = ({ job }: SimulatedRecorder): boolean => (job?.tries ?? 0) > MAX_TRIES;

export const replaceRecorder = (recorders: SimulatedRecorder[], by: SimulatedRecorder): SimulatedRecorder[] =>
  recorders.map((it) => (it.recording === by.recording ? by : it));
