import { sha256Hex } from '../lib/hex.ts';
import { writeWav } from '../lib/wav.ts';
import type { TelephoneRate } from './audio/audio.ts';

/** Audio that is ready for a telephone: its name in the bucket, and how long it is. */
export interface Media {
  key: string;
  seconds: number;
}

/** Part of every key: raise it when the same input would now sound different. */
const FORMAT = 1;

/** The bucket of audio that is ready. */
export class MediaStore {
  readonly bucket: R2Bucket;
  readonly #secret: string;

  constructor(bucket: R2Bucket, secret: string) {
    this.bucket = bucket;
    this.#secret = secret;
  }

  /**
   * A name that tells nothing of what it is made from: SHA-256 in hex. With our secret in it, because keys are in the logs of gateways,
   * and whoever reads "Your code is …" into a hash could otherwise try all the codes.
   */
  keyOf(...parts: unknown[]): Promise<string> {
    return sha256Hex(JSON.stringify([FORMAT, this.#secret, ...parts]));
  }

  async find(key: string): Promise<Media | undefined> {
    const seconds = Number((await this.bucket.head(key))?.customMetadata?.seconds);
    return seconds > 0 ? { key, seconds } : undefined;
  }

  /** Two that keep the same key at once write the same sound: whoever is last wins, and nobody notices. */
  async put(key: string, samples: Int16Array, rate: TelephoneRate): Promise<Media> {
    const seconds = samples.length / rate;
    await this.bucket.put(key, writeWav(samples, rate), {
      httpMetadata: { contentType: 'audio/wav' },
      customMetadata: { seconds: String(seconds) },
    });
    return { key, seconds };
  }
}
