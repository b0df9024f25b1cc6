import type { Leg, Pressed } from './leg.ts';
import { hasTold, type SimulatedRecorder, silenceDue } from './recorder.ts';
import { latest, type Span } from './sounds.ts';

/** For how long someone without a script speaks who is asked to leave a message: else no voicemail could be tried. */
const MESSAGE_MS = 3000;

/** When a party speaks, in its own time: as its script says; else while it is in a bridge, or is to leave a message. */
export function voiceOf({ script, answeredAt, stays, recorders = [] }: Leg): Span[] {
  if (script.talks === undefined) {
    const messages = recorders.filter(({ silence }) => silence !== undefined);
    return inOrder([
      ...stays.map(({ from, to }) => (to === undefined ? { from } : { from, to })),
      ...messages.map(({ from }) => ({ from, to: from + MESSAGE_MS })),
    ]);
  }
  if (answeredAt === undefined) return [];
  const moment = (seconds: number) => answeredAt + Math.round(seconds * 1000);
  return inOrder(script.talks.map((it) => ({ from: moment(it.after), to: moment(it.after + it.for) })));
}

const inOrder = (spans: Span[]): Span[] => spans.sort((a, b) => a.from - b.from);

/** Keeps keys as long as somebody records them. */
export function notePressed(leg: Leg, pressed: Pressed): Leg {
  const isRecorded = leg.recorders?.some(({ is }) => is !== 'off');
  return isRecorded ? { ...leg, pressed: latest([...(leg.pressed ?? []), pressed]) } : leg;
}

/** Plans anew when recorders will have to tell of silence: whatever happens to a leg may bring it forward, or put it off. */
export function planSilences(leg: Leg): Leg {
  const { recorders, plan, pressed = [] } = leg;
  if (!recorders?.some(({ silence }) => silence !== undefined)) return leg;
  const rest = plan.filter(({ fact }) => fact.type !== 'leg.recorder-silent');
  const said = inOrder([...voiceOf(leg), ...pressed]);
  const silences = leg.status === 'over' ? [] : recorders.flatMap((it) => silenceOf(it, said));
  return { ...leg, plan: [...rest, ...silences].sort((a, b) => a.at - b.at) };
}

function silenceOf(recorder: SimulatedRecorder, said: Span[]): Leg['plan'] {
  const at = silenceDue(recorder, said);
  const { recording } = recorder;
  return at === undefined ? [] : [{ at, fact: { type: 'leg.recorder-silent', recording } }];
}

export const toldSilence = (leg: Leg, recording: string): Leg => ({
  ...leg,
  recorders: hasTold(leg.recorders ?? [], recording),
});
