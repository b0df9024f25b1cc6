import { defined } from '../../lib/defined.ts';
import type { Attendance } from './bridge.ts';
import type { Leg, Stay } from './leg.ts';
import type { Sounding, Span } from './sounds.ts';

/** What one leg heard: something of its own, something played to all in a bridge, another call, or nothing. */
export type HeardSound = Span &
  (Sounding | { what: 'digits'; digits: string; call: string } | { what: 'voice'; call: string } | { what: 'silence' });

/** A shorter gap between two sounds is none that a person would notice. */
const SHORTEST_SILENCE_MS = 100;

export type Entered = HeardSound & { begun?: number };

type Ear = Pick<Leg, 'id' | 'sounds' | 'stays'>;
type Listener = Ear & Pick<Leg, 'forgottenUntil' | 'answeredAt' | 'endedAt'>;

/** What a leg heard until `now`, in its own time and in this order. `bridges` are those it was in, by id. */
export function transcriptOf(
  leg: Listener,
  bridges: Record<string, Attendance | undefined>,
  now: number,
): HeardSound[] {
  const sounds = soundsFor(leg, bridges, now).map(({ begun: _begun, ...heard }) => heard as HeardSound);
  return [...sounds, ...silences(leg, sounds)].sort(inOrder);
}

/** The same without the silence, and with the beginning of what had begun when the leg came to where it is heard. */
export function soundsFor(leg: Ear, bridges: Record<string, Attendance | undefined>, now: number): Entered[] {
  const inBridges = leg.stays.flatMap((stay) => heardDuring(stay, leg.id, bridges[stay.bridge]));
  return joinVoices([...leg.sounds, ...inBridges].sort(inOrder).flatMap((it) => until(now, it)));
}

/** What lies ahead may yet be cut short: it is still heard, or not heard yet. */
function until(now: number, { from, to, ...what }: Entered): Entered[] {
  if (from > now) return [];
  return [spanned({ from, to: to !== undefined && to > now ? undefined : to }, what as HeardSound)];
}

const inOrder = (a: HeardSound, b: HeardSound): number =>
  a.from - b.from || a.what.localeCompare(b.what) || callOf(a).localeCompare(callOf(b));

const callOf = (heard: HeardSound): string => ('call' in heard ? heard.call : '');

function heardDuring(stay: Stay, listener: string, bridge: Attendance | undefined): Entered[] {
  if (!bridge) return [];
  const isFor = ({ leg, coaches }: { leg: string; coaches?: string }) =>
    leg !== listener && (coaches === undefined || coaches === listener);
  const voices = bridge.presences.filter((it) => isFor(it) && !it.muted && !it.silent);
  const heard: HeardSound[] = [
    ...voices.map(({ from, to, leg }) => spanned({ from, to }, { what: 'voice' as const, call: leg })),
    ...bridge.keys
      .filter(isFor)
      .map(({ leg, coaches: _only, ...keys }) => ({ ...keys, what: 'digits', call: leg }) as const),
    ...bridge.sounds,
  ];
  return heard.flatMap((it) => during(stay, it));
}

const spanned = <What>({ from, to }: { from: number; to: number | undefined }, what: What): Span & What => ({
  from,
  ...defined({ to }),
  ...what,
});

/** The part of it that lies within the stay, in the time of the leg that stayed. */
function during({ from, to, wall, speed }: Stay, { from: begun, to: ended, ...what }: HeardSound): Entered[] {
  const toOwn = (at: number) => Math.round(from + (at - wall) * speed);
  const start = Math.max(from, toOwn(begun));
  const ends = [to, ended === undefined ? undefined : toOwn(ended)].filter((at) => at !== undefined);
  const end = ends.length > 0 ? Math.min(...ends) : undefined;
  if (end !== undefined && end <= start) return [];
  const entered = toOwn(begun) < start ? { begun: toOwn(begun) } : {};
  return [spanned({ from: start, to: end }, { ...(what as HeardSound), ...entered })];
}

/** Someone is heard on when only how they take part has changed. */
function joinVoices(sounds: Entered[]): Entered[] {
  const joined: Entered[] = [];
  for (const sound of sounds) {
    const before = joined.findIndex(
      (it) => it.what === 'voice' && sound.what === 'voice' && it.call === sound.call && it.to === sound.from,
    );
    const { from } = joined[before] ?? sound;
    if (before >= 0) joined.splice(before, 1);
    joined.push({ ...sound, from });
  }
  return joined;
}

/** From the answer to the end, as far as is remembered, whenever nothing else was heard. */
function silences({ answeredAt, forgottenUntil = 0, endedAt }: Listener, sounds: HeardSound[]): HeardSound[] {
  if (answeredAt === undefined) return [];
  const silent: HeardSound[] = [];
  let quietSince: number | undefined = Math.max(answeredAt, forgottenUntil);
  for (const { from, to } of [...sounds].sort((a, b) => a.from - b.from)) {
    if (quietSince === undefined) break;
    if (from - quietSince >= SHORTEST_SILENCE_MS) silent.push({ what: 'silence', from: quietSince, to: from });
    quietSince = to === undefined ? undefined : Math.max(quietSince, to);
  }
  if (quietSince === undefined) return silent;
  if (endedAt === undefined) return [...silent, { what: 'silence', from: quietSince }];
  const isLong = endedAt - quietSince >= SHORTEST_SILENCE_MS;
  return isLong ? [...silent, { what: 'silence', from: quietSince, to: endedAt }] : silent;
}
