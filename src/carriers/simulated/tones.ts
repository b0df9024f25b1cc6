import { SAMPLE_RATE } from '../../recordings/audio-format.ts';

/** The tones in recordings of simulated calls, besides prompts: of whole hertz, as samples of 16 bits. */

/** The two tones of each key (ITU-T Q.23). */
const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
const KEYPAD = ['123A', '456B', '789C', '*0#D'];

/** The ringing tone of Europe (ETSI TR 101 041): one second of five. */
const RINGING_HERTZ = 425;
/** A tone of this pitch stands for a prompt that could not be prepared. */
export const PROMPT_HERTZ = 570;

const LOUDNESS = { voice: 6000, key: 4000, tone: 4000 };

/** No voice has the pitch of a key, a signal or a beep of a conference: these are too far away to be mistaken for it. */
const TAKEN = [...LOW, ...HIGH, RINGING_HERTZ, PROMPT_HERTZ, 523.25, 1046.5];
const APART_HERTZ = 22;
const STEP_HERTZ = 13;
const VOICES = Array.from({ length: Math.floor((1200 - 300) / STEP_HERTZ) + 1 }, (_, n) => 300 + n * STEP_HERTZ).filter(
  (hertz) => TAKEN.every((taken) => Math.abs(taken - hertz) >= APART_HERTZ),
);

/**
 * The pitch of the voice at a number, in hertz. Neighbouring numbers have different ones; of any
 * two numbers, one pair in 41 has the same.
 */
export function pitchOf(number: string): number {
  const digits = number.replace(/\D/g, '').slice(-15);
  // The pitch of the next number is far away: there are 41 voices, which is a prime.
  return VOICES[(Number(digits) * 11) % VOICES.length] as number;
}

/**
 * One second of 1 Hz, from which every tone of whole hertz is read: to compute the sines of a
 * hundred voices would take too long.
 */
const SINE = Float32Array.from({ length: SAMPLE_RATE }, (_, at) => Math.sin((2 * Math.PI * at) / SAMPLE_RATE));
const sine = (hertz: number, frame: number): number => SINE[(hertz * frame) % SAMPLE_RATE] as number;

/** The samples of these sounds, `frame` frames after their beginning. */
export const voiceAt = (hertz: number, frame: number): number => LOUDNESS.voice * sine(hertz, frame);
export const signalAt = (frame: number): number => LOUDNESS.tone * sine(PROMPT_HERTZ, frame);
export const ringingAt = (frame: number): number =>
  frame % (5 * SAMPLE_RATE) < SAMPLE_RATE ? LOUDNESS.tone * sine(RINGING_HERTZ, frame) : 0;

/** A key sounds for most of its time only, so that two of the same key are told apart. */
const PRESSED_FRAMES = 0.14 * SAMPLE_RATE;
const KEY_FRAMES = 0.2 * SAMPLE_RATE;
const WAIT_FRAMES = 0.5 * SAMPLE_RATE;

/** The sample of keys that are pressed one after the other; `w` waits. */
export function keysAt(keys: string, frame: number): number {
  let from = 0;
  for (const key of keys) {
    const frames = /w/i.test(key) ? WAIT_FRAMES : KEY_FRAMES;
    if (frame < from + frames) return frame < from + PRESSED_FRAMES ? keyAt(key, frame) : 0;
    from += frames;
  }
  return 0;
}

function keyAt(key: string, frame: number): number {
  const tones = keyHertz(key);
  return tones ? LOUDNESS.key * (sine(tones[0], frame) + sine(tones[1], frame)) : 0;
}

/** The two tones of a key, in hertz; undefined for what is no key. */
export function keyHertz(key: string): [number, number] | undefined {
  const row = KEYPAD.findIndex((keys) => keys.includes(key.toUpperCase()));
  const column = KEYPAD[row]?.indexOf(key.toUpperCase()) ?? -1;
  return column < 0 ? undefined : [LOW[row] as number, HIGH[column] as number];
}
