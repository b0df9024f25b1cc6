import { defined } from '../../lib/defined.ts';
import { spokenText } from '../../speech/ssml.ts';
import type { BridgeHistory } from './bridge.ts';
import type { BridgeStay, SimulatedLeg } from './leg.ts';
import type { SoundContent, TimeSpan } from './sounds.ts';

/** One sound that a leg heard: one of its own, one played to everyone in a bridge, another party, or silence. */
export type HeardSound = TimeSpan &
  (
    | SoundContent
    | { what: 'digits'; digits: string; call: string }
    | { what: 'voice'; call: string }
    | { what: 'silence' }
  );

/** A shorter gap between two sounds is none that a person would notice. */
const SHORTEST_SILENCE_MS = 100;

/** A sound, and when it began if that was before the leg came to where it is heard. */
export type ClippedSound = HeardSound & { begun?: number };

/** The part of a leg from which its sounds are found; a bridge that is recorded is taken for one, too. */
type Ear = Pick<SimulatedLeg, 'id' | 'sounds' | 'bridgeStays'>;
type Listener = Ear & Pick<SimulatedLeg, 'forgottenUntil' | 'answeredAt' | 'endedAt'>;

/**
 * The sounds that a leg heard until `now`, in its own time and in order. `bridges` are the
 * histories of the bridges it was in, by id.
 */
export function transcriptOf(
  leg: Listener,
  bridges: Record<string, BridgeHistory | undefined>,
  now: number,
): HeardSound[] {
  const sounds = soundsFor(leg, bridges, now).map(({ begun: _begun, ...heard }) => asHeard(heard as HeardSound));
  return [...sounds, ...silences(leg, sounds)].sort(inOrder);
}

/** The sound as the party heard it: of SSML the words, and of a file nothing but where it came from. */
function asHeard(sound: HeardSound): HeardSound {
  if (sound.what === 'play') {
    const { account: _own, ...played } = sound;
    return played;
  }
  if (sound.what !== 'say' || !sound.ssml) return sound;
  const { ssml: _markup, ...said } = sound;
  return { ...said, text: spokenText(said.text, said.language) };
}

/** These sounds without silence, and with the beginnings of those that had begun before the leg came. */
export function soundsFor(ear: Ear, bridges: Record<string, BridgeHistory | undefined>, now: number): ClippedSound[] {
  const inBridges = ear.bridgeStays.flatMap((stay) => heardDuring(stay, ear.id, bridges[stay.bridge]));
  return joinVoices([...ear.sounds, ...inBridges].sort(inOrder).flatMap((it) => clipAt(now, it)));
}

/** The sound as it is at `now`: a sound that ends later may yet be cut short, so it is still heard, or not heard yet. */
function clipAt(now: number, { from, to, ...content }: ClippedSound): ClippedSound[] {
  if (from > now) return [];
  return [withSpan({ from, to: to !== undefined && to > now ? undefined : to }, content as HeardSound)];
}

const inOrder = (a: HeardSound, b: HeardSound): number =>
  a.from - b.from || a.what.localeCompare(b.what) || callOf(a).localeCompare(callOf(b));

const callOf = (sound: HeardSound): string => ('call' in sound ? sound.call : '');

function heardDuring(stay: BridgeStay, listener: string, bridge: BridgeHistory | undefined): ClippedSound[] {
  if (!bridge) return [];
  const isHeard = ({ leg, coaches }: { leg: string; coaches?: string }) =>
    leg !== listener && (coaches === undefined || coaches === listener);
  const voices = bridge.presences.filter((it) => isHeard(it) && !it.muted && !it.isSilent);
  const sounds: HeardSound[] = [
    ...voices.map(({ from, to, leg }) => withSpan({ from, to }, { what: 'voice' as const, call: leg })),
    ...bridge.keys
      .filter(isHeard)
      .map(({ leg, coaches: _only, ...keys }) => ({ ...keys, what: 'digits', call: leg }) as const),
    ...bridge.sounds,
  ];
  return sounds.flatMap((it) => clipTo(stay, it));
}

const withSpan = <Content>(
  { from, to }: { from: number; to: number | undefined },
  content: Content,
): TimeSpan & Content => ({ from, ...defined({ to }), ...content });

/** The part of a sound that lies within the stay, in the time of the leg that stayed. */
function clipTo(
  { from, to, wall, speed }: BridgeStay,
  { from: begun, to: ended, ...content }: HeardSound,
): ClippedSound[] {
  const toOwn = (at: number) => Math.round(from + (at - wall) * speed);
  const start = Math.max(from, toOwn(begun));
  const ends = [to, ended === undefined ? undefined : toOwn(ended)].filter((at) => at !== undefined);
  const end = ends.length > 0 ? Math.min(...ends) : undefined;
  if (end !== undefined && end <= start) return [];
  const clipped = toOwn(begun) < start ? { begun: toOwn(begun) } : {};
  return [withSpan({ from: start, to: end }, { ...(content as HeardSound), ...clipped })];
}

/** Joins the sounds of a voice that is heard on: only how its party takes part has changed. */
function joinVoices(sounds: ClippedSound[]): ClippedSound[] {
  const joined: ClippedSound[] = [];
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

/** The silence between the answer and the end, as far back as sounds are remembered. */
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
