import type { Instruction } from '../../contracts/carrier.ts';
import type { Span } from './sounds.ts';

/**
 * A time that the recording has: as it was, or as silence. Of a leg, in its own time; of a bridge, in wall time, of which
 * each second is `speed` seconds of sound.
 */
export interface Stretch extends Span {
  speed: number;
  isSilent?: true;
}

/** One recorder of a leg or of a bridge. JSON. */
export interface SimulatedRecorder {
  recording: string;
  channels: 1 | 2;
  trim?: true;
  is: 'on' | 'paused' | 'silent' | 'off';
  from: number;
  stretches: Stretch[];
  /** Seconds without a word after which it tells, once … */
  silence?: number;
  hasTold?: true;
  /** … and since when they count. */
  listensFrom: number;
  /** It is off, and its sound is to be made. Without it, that is done, or given up. */
  job?: Job;
}

/** In wall time. */
export interface Job {
  dueAt: number;
  /** How often the sound was begun to be made, and how often somebody else had to be waited for. */
  tries: number;
  waits: number;
  /** Someone is at it. Said by one who is gone, it can be begun again. */
  isClaimed?: true;
}

/** What came of a job: stored, or wanted by nobody; somebody is away, or does not know the recording yet; it broke. */
export type JobResult = 'done' | 'later' | 'failed';

/** The moment as the recorder counts, the wall time, and how fast sound goes by. */
export interface Moment {
  at: number;
  wall: number;
  speed: number;
}

/** Until what the other parties did last has arrived at their bridges. */
const SETTLE_MS = 250;
const MAX_TRIES = 3;
/** Of the longest wait, about a day: for so long a recording waits for its sound. */
const MAX_WAITS = 110;
const LONGEST_WAIT_MS = 900_000;
const FIRST_WAIT_MS = 1000;
/** A job of one who is gone is begun again after this time at the latest. */
const CLAIM_MS = 60_000;
/** Only its id matters of a recorder that has done everything: so that it is not begun again. */
const KEPT = 200;

type Order<Do extends Instruction['do']> = Extract<Instruction, { do: Do }>;

/** Opens a recorder; one that exists is not begun again. */
export function open(
  recorders: SimulatedRecorder[],
  { recording, order }: Order<'record'>,
  moment: Moment,
): SimulatedRecorder[] {
  const { channels, silence, trim } = order;
  if (recorders.some((it) => it.recording === recording)) return recorders;
  const { at: from } = moment;
  const begun = {
    recording,
    channels,
    from,
    listensFrom: from,
    stretches: [],
    ...(silence && { silence }),
    ...(trim && { trim }),
  };
  const done = recorders.filter(isDone);
  const kept = done.length < KEPT ? recorders : recorders.filter((it) => it !== done[0]);
  return [...kept, turn({ ...begun, is: 'paused' }, 'on', moment)];
}

/** What one of them does from now on. */
export const turnOne = (
  recorders: SimulatedRecorder[],
  { recording, is }: Order<'recorder'>,
  moment: Moment,
): SimulatedRecorder[] => recorders.map((it) => (it.recording === recording ? turn(it, is, moment) : it));

/** The leg or the bridge is over. */
export const closeAll = (recorders: SimulatedRecorder[], moment: Moment): SimulatedRecorder[] =>
  recorders.map((it) => turn(it, 'off', moment));

/** Sound goes by at another speed from now on. */
export const changeSpeed = (recorders: SimulatedRecorder[], moment: Moment): SimulatedRecorder[] =>
  recorders.map((it) => (it.is === 'off' ? it : { ...it, stretches: stretched(it.stretches, it.is, moment) }));

function turn(recorder: SimulatedRecorder, is: SimulatedRecorder['is'], moment: Moment): SimulatedRecorder {
  if (recorder.is === 'off' || recorder.is === is) return recorder;
  const stretches = stretched(recorder.stretches, is, moment);
  // Nobody can be said to have been silent while nobody listened.
  const listensFrom = recorder.is === 'paused' ? moment.at : recorder.listensFrom;
  const turned: SimulatedRecorder = { ...recorder, is, stretches, listensFrom };
  return is === 'off' ? { ...turned, job: { dueAt: moment.wall + SETTLE_MS, tries: 0, waits: 0 } } : turned;
}

/** Ends the last stretch and begins the next, if there is one. */
function stretched(stretches: Stretch[], is: SimulatedRecorder['is'], { at, speed }: Moment): Stretch[] {
  const ended = stretches.map((it) => (it.to === undefined ? { ...it, to: Math.max(it.from, at) } : it));
  if (is === 'paused' || is === 'off') return ended;
  return [...ended, { from: at, speed, ...(is === 'silent' && { isSilent: true }) }];
}

/** When it will have to tell that nothing was said, as far as one knows. `said`: the soonest first. */
export function silenceDue({ is, silence, hasTold, listensFrom }: SimulatedRecorder, said: Span[]): number | undefined {
  if (silence === undefined || hasTold || is === 'off' || is === 'paused') return undefined;
  let quietSince = listensFrom;
  for (const { from, to } of said) {
    if (from >= quietSince + silence * 1000) break;
    if (to === undefined) return undefined;
    quietSince = Math.max(quietSince, to);
  }
  return quietSince + silence * 1000;
}

export const hasTold = (recorders: SimulatedRecorder[], recording: string): SimulatedRecorder[] =>
  recorders.map((it) => (it.recording === recording ? { ...it, hasTold: true } : it));

const isDone = ({ is, job }: SimulatedRecorder): boolean => is === 'off' && job === undefined;

/** When there is a sound to be made next. */
export function nextJob(recorders: SimulatedRecorder[] = []): number | undefined {
  const due = recorders.flatMap(({ job }) => (job ? [job.dueAt] : []));
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Takes a job, when one is due; or when one is claimed, which whoever asks here knows to be nobody's any more. */
export function claim(recorders: SimulatedRecorder[], now: number): SimulatedRecorder | undefined {
  const due = recorders.find(({ job }) => job && (job.isClaimed || job.dueAt <= now));
  if (!due?.job) return undefined;
  const { tries, waits } = due.job;
  return { ...due, job: { dueAt: now + CLAIM_MS, tries: tries + 1, waits, isClaimed: true } };
}

/** Whoever has claimed a job is still at it. */
export const stillAtIt = (recorders: SimulatedRecorder[], now: number): SimulatedRecorder[] =>
  recorders.map((it) =>
    it.job?.isClaimed && it.job.dueAt <= now ? { ...it, job: { ...it.job, dueAt: now + CLAIM_MS } } : it,
  );

/** What is left of it once somebody has been at its job; without a job, when that is the end. */
export function settle(recorder: SimulatedRecorder, result: JobResult, now: number): SimulatedRecorder {
  const { job, ...rest } = recorder;
  if (!job || result === 'done' || isHopeless(job, result)) return { ...rest, stretches: [] };
  const { tries, waits } = result === 'later' ? { tries: job.tries - 1, waits: job.waits + 1 } : job;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (tries + waits - 1), LONGEST_WAIT_MS);
  return { ...rest, job: { dueAt: now + wait, tries, waits } };
}

const isHopeless = ({ tries, waits }: Job, result: JobResult): boolean =>
  result === 'failed' ? tries >= MAX_TRIES : waits >= MAX_WAITS;

/** Whether its sound can never be made. */
export const hasFailed = ({ job }: SimulatedRecorder, result: JobResult): boolean =>
  result === 'failed' && job !== undefined && job.tries >= MAX_TRIES;

/** Those who died over it have tried, too. */
export const isBeyondTrying = ({ job }: SimulatedRecorder): boolean => (job?.tries ?? 0) > MAX_TRIES;

export const replaced = (recorders: SimulatedRecorder[], by: SimulatedRecorder): SimulatedRecorder[] =>
  recorders.map((it) => (it.recording === by.recording ? by : it));
