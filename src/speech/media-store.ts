import { sha256Hex } from '../lib/hex.ts';
import { writeWav } from '../lib/wav.ts';
import type { TelephoneRate } from './audio/audio.ts';

/** Audio that is ready for a telephone: its key in the bucket, and its length in seconds. */
export interface Media {
  key: string;
  seconds: number;
}

/** A part of every key. Raise it when the same input would now sound different. */
const FORMAT = 1;

/** Stores audio that is ready for a telephone in a bucket. */
export class MediaStore {
  readonly bucket: R2Bucket;
  readonly #secret: string;

  constructor(bucket: R2Bucket, secret: string) {
    this.bucket = bucket;
    this.#secret = secret;
  }

  /**
   * Makes a key that tells nothing of what it is made from: a SHA-256 in hex. Our secret goes into it, because gateways log keys,
   * and somebody who guesses "Your code is …" could otherwise try all codes.
   */
  keyOf(...parts: unknown[]): Promise<string> {
    return sha256Hex(JSON.stringify([FORMAT, this.#secret, ...parts]));
  }

  async find(key: string): Promise<Media | undefined> {
    const seconds = Number((await this.bucket.head(key))?.customMetadata?.seconds);
    return seconds > 0 ? { key, seconds } : undefined;
  }

  /** Stores audio. Two requests that store the same key at once write the same sound: the last one wins, and nobody notices. */
  async put(key: string, samples: Int16Array, rate: TelephoneRate): Promise<Media> {
    const seconds = samples.length / rate;
    await this.bucket.put(key, writeWav(samples, rate), {
      httpMetadata: { contentType: 'audio/wav' },
      customMetadata: { seconds: String(seconds) },
    });
    return { key, seconds };
  }
}
