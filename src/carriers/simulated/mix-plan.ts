import type { Prompt } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import { SAMPLE_RATE } from '../../recordings/audio-format.ts';
import { keptOf } from '../../recordings/trim.ts';
import type { Attendance, SimulatedBridge } from './bridge.ts';
import type { Leg } from './leg.ts';
import { promptSeconds } from './prompt-duration.ts';
import type { SimulatedRecorder, Stretch } from './recorder.ts';
import { voiceHertz } from './tones.ts';
import { type Entered, soundsFor } from './transcript.ts';
import { voiceOf } from './voice-activity.ts';

/** What is heard. A prompt is heard again and again, each time for so many frames. */
export type MixedSound = { voice: number } | { keys: string } | { ringing: true } | { prompt: Prompt; frames: number };

/** A sound in its place: on a channel, from a frame to another, `into` frames after its own begin. */
export interface MixedPart {
  channel: number;
  from: number;
  to: number;
  into: number;
  note: MixedSound;
}

/** All that a recording will let hear. */
export interface MixPlan {
  channels: 1 | 2;
  frames: number;
  parts: MixedPart[];
}

/** The sound of a simulated recording ends here: it is made in the memory that a Worker has. */
const MAX_SECONDS = 600;
const FRAMES_A_MS = SAMPLE_RATE / 1000;

/** What is heard of a stretch: when, and from which moment of the recording on. Milliseconds. */
interface Slot {
  from: number;
  to: number;
  at: number;
  speed: number;
  isSilent: boolean;
}

type Bridges = Record<string, Attendance | undefined>;
/** A sound in the time that slots are of. */
type Timed = { from: number; to?: number; begun?: number; channel: number; note: MixedSound };

/** What a leg said on the left, and what it heard on the right. */
export function mixPlanOfLeg(leg: Leg, { channels, stretches, trim }: SimulatedRecorder, bridges: Bridges): MixPlan {
  const slots = slotsOf(stretches);
  const end = slots.at(-1)?.to ?? 0;
  const said: Timed[] = [
    ...voiceOf(leg).map((span) => ({ ...span, channel: 0, note: { voice: leg.voice ?? voiceHertz(leg.id) } })),
    ...(leg.pressed ?? []).map(({ digits, ...span }) => ({ ...span, channel: 0, note: { keys: digits } })),
  ];
  const voices = voicesIn(Object.values(bridges));
  const heard = soundsFor(leg, bridges, end).flatMap((it) => timed(it, voices));
  return finished(scoreOf(channels, slots, [...said, ...heard]), trim);
}

/** All that was heard in a bridge: by someone who was in it as long as the recorder was on. */
export function mixPlanOfBridge(mixing: SimulatedBridge, { stretches, trim }: SimulatedRecorder): MixPlan {
  const slots = slotsOf(stretches);
  const stays = slots
    .filter(({ isSilent }) => !isSilent)
    .map(({ from, to, at, speed }) => ({
      bridge: mixing.id,
      from: at,
      to: at + (to - from) * speed,
      wall: from,
      speed,
    }));
  const heard = soundsFor({ id: mixing.id, sounds: [], stays }, { [mixing.id]: mixing }, Number.POSITIVE_INFINITY);
  const voices = voicesIn([mixing]);
  const whole = { from: 0, to: lengthOf(slots), at: 0, speed: 1, isSilent: false };
  const sounds = heard.flatMap((it) => timed(it, voices));
  return finished(scoreOf(1, [whole], sounds), trim);
}

function slotsOf(stretches: Stretch[]): Slot[] {
  let at = 0;
  return stretches.map(({ from, to = from, speed, isSilent = false }) => {
    const slot = { from, to, at, speed, isSilent };
    at += (to - from) * speed;
    return slot;
  });
}

function lengthOf(slots: Slot[]): number {
  const last = slots.at(-1);
  return last ? last.at + (last.to - last.from) * last.speed : 0;
}

function scoreOf(channels: 1 | 2, slots: Slot[], sounds: Timed[]): MixPlan {
  const audible = slots.filter(({ isSilent }) => !isSilent);
  const parts = audible.flatMap((slot) => sounds.flatMap((it) => placed(it, slot)));
  const mixed = parts.map((it) => ({ ...it, channel: Math.min(it.channel, channels - 1) }));
  return limited({ channels, frames: toFrames(lengthOf(slots)), parts: mixed });
}

const finished = (score: MixPlan, trim: boolean | undefined): MixPlan =>
  limited(trim ? trimmed(score) : score, MAX_SECONDS * SAMPLE_RATE);

/** Up to a frame: nothing is heard after the end. */
function limited({ channels, frames, parts }: MixPlan, most = frames): MixPlan {
  const end = Math.min(frames, most);
  const within = parts.map((it) => ({ ...it, to: Math.min(it.to, end) }));
  return { channels, frames: end, parts: within.filter(({ from, to }) => to > from) };
}

/** Without the silence at its beginning and its end. What a part lets hear counts as sound from its first frame to its last. */
function trimmed({ channels, frames, parts }: MixPlan): MixPlan {
  const from = parts.reduce((first, it) => Math.min(first, it.from), frames);
  const to = parts.reduce((last, it) => Math.max(last, it.to), 0);
  const kept = keptOf(parts.length > 0 ? { from, to } : undefined, frames);
  const moved = parts.map((it) => ({ ...it, from: it.from - kept.from, to: it.to - kept.from }));
  return { channels, frames: kept.to - kept.from, parts: moved };
}

const toFrames = (ms: number): number => Math.round(ms * FRAMES_A_MS);

/** The part of a sound that is in a slot. */
function placed({ from, to = slotEnd, begun = from, channel, note }: Timed, slot: Slot): MixedPart[] {
  const [first, last] = [Math.max(from, slot.from), Math.min(to, slot.to)];
  if (last <= first) return [];
  const toPlace = (moment: number) => toFrames(slot.at + (moment - slot.from) * slot.speed);
  return [{ channel, from: toPlace(first), to: toPlace(last), into: toFrames((first - begun) * slot.speed), note }];
}
const slotEnd = Number.POSITIVE_INFINITY;

/** The pitch of everyone who was in one of these. */
function voicesIn(bridges: (Attendance | undefined)[]): Map<string, number> {
  const presences = bridges.flatMap((it) => it?.presences ?? []);
  return new Map(presences.map(({ leg, voice = voiceHertz(leg) }) => [leg, voice]));
}

function timed({ from, to, begun, ...sound }: Entered, voices: Map<string, number>): Timed[] {
  const note = noteOf(sound as Entered, voices);
  const span = defined({ from, to, begun });
  return note ? [{ ...span, channel: 1, note }] : [];
}

function noteOf(sound: Entered, voices: Map<string, number>): MixedSound | undefined {
  switch (sound.what) {
    case 'voice':
      return { voice: voices.get(sound.call) ?? voiceHertz(sound.call) };
    case 'digits':
      return { keys: sound.digits };
    case 'ringing':
      return { ringing: true };
    case 'say': {
      const { text: say, language, voice } = sound;
      return promptNote(defined({ say, language, voice, times: 1 }));
    }
    case 'play':
      return promptNote({ play: sound.url, times: 1 });
    case 'tune':
      return promptNote({ tune: sound.tune, times: 1 });
    case 'silence':
      return undefined;
  }
}

const promptNote = (prompt: Prompt): MixedSound => ({ prompt, frames: toFrames(promptSeconds(prompt) * 1000) });
