import { sha256Hex } from '../lib/hex.ts';

/** `tf_test_` or `tf_live_`, then random text. Anything else is refused without asking the database. */
export const looksLikeKey = (text: string): boolean => /^tf_(test|live)_[A-Za-z0-9]{4,64}$/.test(text);

export const looksLikeOperatorKey = (text: string): boolean => /^tf_operator_[A-Za-z0-9]{4,64}$/.test(text);

/** What is stored of a key: its SHA-256 in hex. A key is random and long, so no slow hash is needed. */
export const hashKey = (key: string): Promise<string> => sha256Hex(key);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new key of 238 random bits. */
export function newKey(kind: 'test' | 'live' | 'operator' | 'gateway'): string {
  const random = [...crypto.getRandomValues(new Uint8Array(200))].filter((byte) => byte < 248).slice(0, 40);
  return `tf_${kind}_${random.map((byte) => ALPHABET[byte % 62]).join('')}`;
}

/** A new webhook secret: 32 random bytes, as Standard Webhooks writes them. */
export const newWebhookSecret = (): string =>
  `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
