/** Why a file could not be converted for a telephone. The codes are stable: they end up in a call's events. */
export type AudioRefusal =
  /** The file is neither WAV nor MP3. */
  | 'not_audio'
  /** The file is a WAV of a kind that is not decoded here. */
  | 'unsupported_encoding'
  /** The file contradicts its own header. */
  | 'damaged'
  /** The file has not a single sample. */
  | 'empty'
  /** The file has more bytes than allowed. */
  | 'too_large'
  /** The file has more seconds than allowed. */
  | 'too_long';

export type RefusedAudio = { ok: false; refusal: AudioRefusal };

/** Some mono samples from -1 to 1. Each chunk has its rate, since an MP3 may change it midway. */
export type AudioChunk = { rate: number; samples: Float32Array };

/**
 * A file whose header was understood, and how long it lasts as its headers say. The chunks are decoded as they are asked for,
 * so that a long file is never in memory as a whole.
 */
export type OpenedAudio = { ok: true; seconds: number; chunks: Iterable<AudioChunk> } | RefusedAudio;

/** The rates that a gateway plays: narrow and wide band. */
export type TelephoneRate = 8000 | 16_000;

export function refusedAudio(refusal: AudioRefusal): RefusedAudio {
  return { ok: false, refusal };
}
