import * as v from 'valibot';
import { validationMessage } from '../lib/validation-message.ts';

const VoiceName = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

const SpeechServer = v.strictObject({
  /** The base URL, without `/audio/speech`. */
  url: v.pipe(
    v.string(),
    v.check((text) => /^https?:\/\//i.test(text) && URL.canParse(text), 'must be an absolute http(s) URL'),
  ),
  /** The key, which is sent as a bearer token. */
  key: v.optional(v.string()),
  model: v.pipe(v.string(), v.minLength(1)),
  /** The voices by language (nl) or region (nl-BE). Of several, the first is used unless a Say names another. */
  voices: v.record(
    v.pipe(v.string(), v.regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/, 'must be a language tag such as nl or nl-BE')),
    v.union([VoiceName, v.pipe(v.array(VoiceName), v.minLength(1))], 'must be a voice or a list of voices'),
  ),
});
export type SpeechServer = v.InferOutput<typeof SpeechServer>;

/**
 * The value of SPEECH_SERVERS: servers with OpenAI's `POST /audio/speech`, the preferred first. The embedded voice speaks what none of
 * them can, or fails to speak. For example
 * `[{ "url": "https://speech.example.eu/v1", "key": "…", "model": "piper", "voices": { "nl": "lotte", "nl-BE": ["flo", "jan"] } }]`
 */
const SpeechServers = v.pipe(v.array(SpeechServer), v.maxLength(20));

/** Reads the servers of a configuration. A wrong one is logged, without its values, and leaves only the embedded voice. */
export function readServers(text: string): SpeechServer[] {
  const known = readings.get(text) ?? parseServers(text);
  readings.set(text, known);
  return known;
}

/** The configurations that were read: a wrong one is logged once, and not at every sentence. */
const readings = new Map<string, SpeechServer[]>();

function parseServers(text: string): SpeechServer[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return logIgnored('is not JSON');
  }
  const result = v.safeParse(SpeechServers, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  return logIgnored(`${(issue.path ?? []).map(({ key }) => String(key)).join('.')} ${validationMessage(issue)}`.trim());
}

function logIgnored(what: string): SpeechServer[] {
  // biome-ignore lint/suspicious/noConsole: the operator's mistake; nobody else would hear of it.
  console.error(`SPEECH_SERVERS is ignored: ${what}`);
  return [];
}

/**
 * The name of a server's voice for a region, else for its language; `wished` is used only if the
 * server is configured to have it.
 */
export function voiceNameFor({ voices }: SpeechServer, language: string, wished?: string): string | undefined {
  const tag = language.toLowerCase();
  const byTag = Object.entries(voices).map(([key, names]) => ({ key: key.toLowerCase(), names: [names].flat() }));
  const own = byTag.find(({ key }) => key === tag) ?? byTag.find(({ key }) => key === tag.split('-', 1)[0]);
  return own?.names.find((name) => name === wished) ?? own?.names[0];
}
