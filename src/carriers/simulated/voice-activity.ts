import type { PressedKeys, SimulatedLeg } from './leg.ts';
import { type SimulatedRecorder, silenceDue } from './recorder.ts';
import { latestOf, type TimeSpan } from './sounds.ts';

/** How long a party without a script speaks when it is asked to leave a message: else no voicemail could be tried. */
const MESSAGE_MS = 3000;

/**
 * When the party speaks, in the leg's own time: as its script says; without a script while the leg is in a bridge, and
 * when it is asked to leave a message.
 */
export function speechSpans({ script, answeredAt, bridgeStays, recorders = [] }: SimulatedLeg): TimeSpan[] {
  if (script.talks === undefined) {
    const messages = recorders.filter(({ silenceSeconds }) => silenceSeconds !== undefined);
    return inOrder([
      ...bridgeStays.map(({ from, to }) => (to === undefined ? { from } : { from, to })),
      ...messages.map(({ startedAt }) => ({ from: startedAt, to: startedAt + MESSAGE_MS })),
    ]);
  }
  if (answeredAt === undefined) return [];
  const moment = (seconds: number) => answeredAt + Math.round(seconds * 1000);
  return inOrder(script.talks.map((it) => ({ from: moment(it.after), to: moment(it.after + it.for) })));
}

const inOrder = (spans: TimeSpan[]): TimeSpan[] => spans.sort((a, b) => a.from - b.from);

/** Keeps keys that were pressed, if somebody records them. */
export function keepPressedKeys(leg: SimulatedLeg, keys: PressedKeys): SimulatedLeg {
  const isRecorded = leg.recorders?.some(({ state }) => state !== 'off');
  return isRecorded ? { ...leg, pressedKeys: latestOf([...(leg.pressedKeys ?? []), keys]) } : leg;
}

/** Schedules anew when recorders will report silence: whatever happens to a leg may bring that forward, or put it off. */
export function scheduleSilences(leg: SimulatedLeg): SimulatedLeg {
  const { recorders, scheduled, pressedKeys = [] } = leg;
  if (!recorders?.some(({ silenceSeconds }) => silenceSeconds !== undefined)) return leg;
  const rest = scheduled.filter(({ fact }) => fact.type !== 'leg.recorder-silent');
  const spoken = inOrder([...speechSpans(leg), ...pressedKeys]);
  const silences = leg.status === 'ended' ? [] : recorders.flatMap((it) => silenceOf(it, spoken));
  return { ...leg, scheduled: [...rest, ...silences].sort((a, b) => a.at - b.at) };
}

function silenceOf(recorder: SimulatedRecorder, spoken: TimeSpan[]): SimulatedLeg['scheduled'] {
  const at = silenceDue(recorder, spoken);
  const { recording } = recorder;
  return at === undefined ? [] : [{ at, fact: { type: 'leg.recorder-silent', recording } }];
}
