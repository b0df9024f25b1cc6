// SPDX-License-Identifier: GPL-3.0-or-later
import { type EspeakVoice, VOICES, voiceFor } from './languages.ts';

export type SpeechRequest = { text: string; voice: EspeakVoice; speed: number; pitch: number; rate: 8000 | 16_000 };

/** The error object of OpenAI's API: `param` names the field at fault. */
export type Refusal = { status: number; message: string; code: string; param?: string };

export type Read<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

const MAX_CHARACTERS = 3000;
/** A body may have so many bytes: the longest text with every character escaped. */
const MAX_BODY_BYTES = 65_536;

export async function readSpeechRequest(request: Request): Promise<Read<SpeechRequest>> {
  const body = await readText(request);
  if (body === undefined) {
    return refuse('body_too_large', `The body may have ${MAX_BODY_BYTES} bytes at most.`, undefined, 413);
  }
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    return refuse('invalid_json', 'The body must be JSON.');
  }
  if (typeof fields !== 'object' || fields === null) return refuse('invalid_json', 'The body must be a JSON object.');
  return check(fields as Record<string, unknown>);
}

function check(fields: Record<string, unknown>): Read<SpeechRequest> {
  const { input, speed = 1, pitch = 1, sample_rate: rate = 8000, response_format: format = 'wav' } = fields;
  if (typeof input !== 'string' || !input.trim())
    return refuse('missing_input', 'Say in `input` what to speak.', 'input');
  if ([...input].length > MAX_CHARACTERS) {
    return refuse('string_above_max_length', `\`input\` may have ${MAX_CHARACTERS} characters at most.`, 'input');
  }
  if (format !== 'wav')
    return refuse('unsupported_format', 'The only `response_format` here is "wav".', 'response_format');
  if (!isWithin(speed, 0.25, 4)) return refuse('invalid_speed', '`speed` is a number from 0.25 to 4.', 'speed');
  if (!isWithin(pitch, 0.5, 2)) return refuse('invalid_pitch', '`pitch` is a number from 0.5 to 2.', 'pitch');
  if (rate !== 8000 && rate !== 16_000) {
    return refuse('unsupported_sample_rate', '`sample_rate` is 8000 or 16000.', 'sample_rate');
  }
  const spoken = pickVoice(fields);
  return spoken.ok ? { ok: true, value: { text: input, voice: spoken.value, speed, pitch, rate } } : spoken;
}

/** Picks the voice of a request. `language` wins, for clients whose `voice` must be one of OpenAI's names. */
function pickVoice({ language, voice }: Record<string, unknown>): Read<EspeakVoice> {
  const param = language === undefined ? 'voice' : 'language';
  const tag = language ?? voice;
  const found = typeof tag === 'string' ? voiceFor(tag) : undefined;
  if (found) return { ok: true, value: found };
  const known = Object.keys(VOICES).join(', ');
  const message = `\`${param}\` must be the tag of a language, such as "nl-NL". Spoken here, with any region: ${known}.`;
  return refuse('unknown_language', message, param);
}

function isWithin(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && value >= low && value <= high;
}

function refuse(code: string, message: string, param?: string, status = 400): Read<never> {
  return { ok: false, refusal: { status, message, code, ...(param && { param }) } };
}

/**
 * Reads the body as text; undefined if it is too long. Bytes are counted while it is read, since
 * a length in a header may lie.
 */
async function readText(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
