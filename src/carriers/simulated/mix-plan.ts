import type { Prompt } from '../../contracts/carrier.ts';
import { defined } from '../../lib/defined.ts';
import { SAMPLE_RATE } from '../../recordings/audio-format.ts';
import { keptOf } from '../../recordings/trim.ts';
import type { BridgeHistory, SimulatedBridge } from './bridge.ts';
import type { SimulatedLeg } from './leg.ts';
import { promptSeconds } from './prompt-duration.ts';
import type { RecordedSpan, SimulatedRecorder } from './recorder.ts';
import { pitchOf } from './tones.ts';
import { type ClippedSound, soundsFor } from './transcript.ts';
import { speechSpans } from './voice-activity.ts';

/** A sound of a recording: a voice of this pitch, keys, the ringing tone, or a prompt that is repeated every so many frames. */
export type MixedSound = { voice: number } | { keys: string } | { ringing: true } | { prompt: Prompt; frames: number };

/** A sound in its place: on a channel, from one frame to another, and from `offset` frames after its own beginning on. */
export interface MixedPart {
  channel: number;
  from: number;
  to: number;
  offset: number;
  sound: MixedSound;
}

/** All that is heard in a recording. */
export interface MixPlan {
  channels: 1 | 2;
  frames: number;
  parts: MixedPart[];
}

/** A simulated recording ends here, because it is rendered in the memory that a Worker has. */
const MAX_SECONDS = 600;
const FRAMES_A_MS = SAMPLE_RATE / 1000;

/** A recorded span in its place: `at` is the moment of the recording at which it begins. All in milliseconds. */
interface Slot {
  from: number;
  to: number;
  at: number;
  speed: number;
  isSilent: boolean;
}

type Bridges = Record<string, BridgeHistory | undefined>;
/** A sound in the time in which slots are, too. */
type TimedSound = { from: number; to?: number; begun?: number; channel: number; sound: MixedSound };

/** The recording of a leg: what its party said on the left, and what it heard on the right. */
export function mixPlanOfLeg(
  leg: SimulatedLeg,
  { channels, spans, trim }: SimulatedRecorder,
  bridges: Bridges,
): MixPlan {
  const slots = slotsOf(spans);
  const end = slots.at(-1)?.to ?? 0;
  const said: TimedSound[] = [
    ...speechSpans(leg).map((span) => ({ ...span, channel: 0, sound: { voice: leg.pitch ?? pitchOf(leg.id) } })),
    ...(leg.pressedKeys ?? []).map(({ digits, ...span }) => ({ ...span, channel: 0, sound: { keys: digits } })),
  ];
  const pitches = pitchesIn(Object.values(bridges));
  const heard = soundsFor(leg, bridges, end).flatMap((it) => timed(it, pitches));
  return finish(mix(channels, slots, [...said, ...heard]), trim);
}

/** The recording of a bridge: what somebody heard who was in it as long as the recorder was on. */
export function mixPlanOfBridge(bridge: SimulatedBridge, { spans, trim }: SimulatedRecorder): MixPlan {
  const slots = slotsOf(spans);
  const { id } = bridge;
  const bridgeStays = slots
    .filter(({ isSilent }) => !isSilent)
    .map(({ from, to, at, speed }) => ({ bridge: id, from: at, to: at + (to - from) * speed, wall: from, speed }));
  const heard = soundsFor({ id, sounds: [], bridgeStays }, { [id]: bridge }, Number.POSITIVE_INFINITY);
  const pitches = pitchesIn([bridge]);
  const whole = { from: 0, to: lengthOf(slots), at: 0, speed: 1, isSilent: false };
  const sounds = heard.flatMap((it) => timed(it, pitches));
  return finish(mix(1, [whole], sounds), trim);
}

function slotsOf(spans: RecordedSpan[]): Slot[] {
  let at = 0;
  return spans.map(({ from, to = from, speed, isSilent = false }) => {
    const slot = { from, to, at, speed, isSilent };
    at += (to - from) * speed;
    return slot;
  });
}

function lengthOf(slots: Slot[]): number {
  const last = slots.at(-1);
  return last ? last.at + (last.to - last.from) * last.speed : 0;
}

function mix(channels: 1 | 2, slots: Slot[], sounds: TimedSound[]): MixPlan {
  const audible = slots.filter(({ isSilent }) => !isSilent);
  const parts = audible.flatMap((slot) => sounds.flatMap((it) => placeInSlot(it, slot)));
  const mixed = parts.map((it) => ({ ...it, channel: Math.min(it.channel, channels - 1) }));
  return limited({ channels, frames: toFrames(lengthOf(slots)), parts: mixed });
}

const finish = (plan: MixPlan, trim: boolean | undefined): MixPlan =>
  limited(trim ? trimmed(plan) : plan, MAX_SECONDS * SAMPLE_RATE);

/** The plan up to a frame: nothing is heard after the end. */
function limited({ channels, frames, parts }: MixPlan, most = frames): MixPlan {
  const end = Math.min(frames, most);
  const within = parts.map((it) => ({ ...it, to: Math.min(it.to, end) }));
  return { channels, frames: end, parts: within.filter(({ from, to }) => to > from) };
}

/** The plan without the silence at its ends. A part counts as sound from its first frame to its last. */
function trimmed({ channels, frames, parts }: MixPlan): MixPlan {
  const from = parts.reduce((first, it) => Math.min(first, it.from), frames);
  const to = parts.reduce((last, it) => Math.max(last, it.to), 0);
  const kept = keptOf(parts.length > 0 ? { from, to } : undefined, frames);
  const moved = parts.map((it) => ({ ...it, from: it.from - kept.from, to: it.to - kept.from }));
  return { channels, frames: kept.to - kept.from, parts: moved };
}

const toFrames = (ms: number): number => Math.round(ms * FRAMES_A_MS);

const ENDLESS = Number.POSITIVE_INFINITY;

/** The part of a sound that lies in a slot. */
function placeInSlot({ from, to = ENDLESS, begun = from, channel, sound }: TimedSound, slot: Slot): MixedPart[] {
  const [first, last] = [Math.max(from, slot.from), Math.min(to, slot.to)];
  if (last <= first) return [];
  const toPlace = (moment: number) => toFrames(slot.at + (moment - slot.from) * slot.speed);
  const offset = toFrames((first - begun) * slot.speed);
  return [{ channel, from: toPlace(first), to: toPlace(last), offset, sound }];
}

/** The pitch of every party that was in one of these bridges. */
function pitchesIn(bridges: (BridgeHistory | undefined)[]): Map<string, number> {
  const presences = bridges.flatMap((it) => it?.presences ?? []);
  return new Map(presences.map(({ leg, pitch = pitchOf(leg) }) => [leg, pitch]));
}

function timed({ from, to, begun, ...content }: ClippedSound, pitches: Map<string, number>): TimedSound[] {
  const sound = mixedSoundOf(content as ClippedSound, pitches);
  return sound ? [{ from, ...defined({ to, begun }), channel: 1, sound }] : [];
}

function mixedSoundOf(sound: ClippedSound, pitches: Map<string, number>): MixedSound | undefined {
  switch (sound.what) {
    case 'voice':
      return { voice: pitches.get(sound.call) ?? pitchOf(sound.call) };
    case 'digits':
      return { keys: sound.digits };
    case 'ringing':
      return { ringing: true };
    case 'say': {
      const { text: say, ssml, language, voice } = sound;
      return mixedPrompt(defined({ say, ssml, language, voice, times: 1 }));
    }
    case 'play':
      return mixedPrompt(defined({ play: sound.url, account: sound.account, times: 1 }));
    case 'tune':
      return mixedPrompt({ tune: sound.tune, times: 1 });
    case 'silence':
      return undefined;
  }
}

const mixedPrompt = (prompt: Prompt): MixedSound => ({ prompt, frames: toFrames(promptSeconds(prompt) * 1000) });
