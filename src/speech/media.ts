import type { Prompt } from '../carriers/carrier.ts';
import { type Outcome, refused } from '../lib/outcome.ts';

/** Stands here until the branch with speech is merged. */
export async function prepareMedia(
  _prompt: Prompt,
  _env: Env,
  _rate: 8000 | 16_000,
): Promise<Outcome<{ key: string; seconds: number }, string>> {
  return refused('speech_unavailable');
}

export async function mediaUrl(key: string, origin: string, _env: Env, _now: number): Promise<string> {
  return `${origin}/v1/media/${key}`;
}
