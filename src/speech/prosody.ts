/** How a piece is spoken, in factors: 1 is the voice as it is. */
export type Prosody = { rate: number; pitch: number; volume: number };

const RATES: Record<string, number> = { 'x-slow': 0.5, slow: 0.75, medium: 1, default: 1, fast: 1.3, 'x-fast': 1.6 };
const PITCHES: Record<string, number> = { 'x-low': 0.7, low: 0.85, medium: 1, default: 1, high: 1.15, 'x-high': 1.3 };
const VOLUMES: Record<string, number> = {
  silent: 0,
  'x-soft': 0.35,
  soft: 0.6,
  medium: 1,
  default: 1,
  loud: 1.4,
  'x-loud': 2,
};
const EMPHASES: Record<string, Prosody> = {
  strong: { rate: 0.8, pitch: 1.1, volume: 1.4 },
  moderate: { rate: 0.9, pitch: 1.05, volume: 1.2 },
  none: { rate: 1, pitch: 1, volume: 1 },
  reduced: { rate: 1.1, pitch: 0.95, volume: 0.8 },
};
const BREAKS: Record<string, number> = {
  none: 0,
  'x-weak': 100,
  weak: 250,
  medium: 500,
  strong: 750,
  'x-strong': 1000,
};
const MAX_BREAK_MS = 10_000;

/** Applies `<prosody>`. Nested elements multiply, and an attribute that cannot be read changes nothing. */
export function withProsody(manner: Prosody, { rate, pitch, volume }: Record<string, string>): Prosody {
  return {
    rate: clamp(manner.rate * factor(rate, RATES), 0.25, 4),
    pitch: clamp(manner.pitch * factor(pitch, PITCHES), 0.5, 2),
    volume: clamp(manner.volume * factor(volume, VOLUMES), 0, 4),
  };
}

/** Applies `<emphasis>`. */
export function withEmphasis(manner: Prosody, level = 'moderate'): Prosody {
  const { rate, pitch, volume } = EMPHASES[level] ?? (EMPHASES.moderate as Prosody);
  return withProsody(manner, { rate: String(rate), pitch: String(pitch), volume: String(volume) });
}

/** The length of a `<break>`: `time` wins over `strength`, and a bare element is of medium strength. */
export function breakMs({ time, strength = 'medium' }: Record<string, string>): number {
  const [, amount, unit] = /^\+?(\d{1,6}(?:\.\d{1,3})?)(ms|s)$/.exec(time?.trim() ?? '') ?? [];
  if (amount === undefined) return BREAKS[strength] ?? 500;
  return Math.min(Math.round(Number(amount) * (unit === 's' ? 1000 : 1)), MAX_BREAK_MS);
}

/** Reads a word of the list, `80%`, `+10%`, `-2st` (semitones), `+6dB` or a plain factor; 1 when it is none of these. */
function factor(value: string | undefined, words: Record<string, number>): number {
  if (value === undefined) return 1;
  const text = value.trim().toLowerCase();
  if (Object.hasOwn(words, text)) return words[text] as number;
  const [, sign, digits, unit] = /^([+-]?)(\d{1,4}(?:\.\d{1,4})?)(%|st|db)?$/.exec(text) ?? [];
  if (digits === undefined) return 1;
  const amount = Number(`${sign}${digits}`);
  if (unit === 'st') return 2 ** (amount / 12);
  if (unit === 'db') return 10 ** (amount / 20);
  if (unit === '%') return (sign ? 100 + amount : amount) / 100;
  return sign ? 1 : amount;
}

function clamp(value: number, low: number, high: number): number {
  return Math.round(Math.max(low, Math.min(high, value)) * 1000) / 1000;
}
