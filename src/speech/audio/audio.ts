/** Why a file could not be made into telephone audio. Stable codes: they end up in a call's events. */
export type AudioRefusal =
  /** Neither WAV nor MP3. */
  | 'not_audio'
  /** WAV, but of a kind that is not decoded here. */
  | 'unsupported_encoding'
  /** Its own header contradicts it. */
  | 'damaged'
  /** Not a single sample. */
  | 'empty'
  /** More bytes than allowed. */
  | 'too_large'
  /** More seconds than allowed. */
  | 'too_long';

export type RefusedAudio = { ok: false; refusal: AudioRefusal };

/** Some mono samples from -1 to 1. The rate is with each chunk, since an MP3 may change it midway. */
export type AudioChunk = { rate: number; samples: Float32Array };

/**
 * A file whose header was understood, and how long it lasts as its headers say. The chunks are decoded as they are asked for,
 * so that a long file is never in memory whole.
 */
export type OpenedAudio = { ok: true; seconds: number; chunks: Iterable<AudioChunk> } | RefusedAudio;

/** The rates that a gateway plays: narrow and wide band. */
export type TelephoneRate = 8000 | 16_000;

export function refusedAudio(refusal: AudioRefusal): RefusedAudio {
  return { ok: false, refusal };
}
