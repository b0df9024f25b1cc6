import { openMp3 } from '../../src/speech/audio/mp3.ts';
import { minimp3 } from '../speech/support/minimp3.ts';

/** What is heard of an MP3 file, by the decoder of prompts: another one than made it. */
export function decodeMp3(bytes: Uint8Array): { rate: number; seconds: number } {
  const opened = openMp3(bytes, minimp3);
  if (!opened.ok) throw new Error(opened.refusal);
  const chunks = [...opened.chunks];
  const rate = chunks[0]?.rate ?? 0;
  return { rate, seconds: chunks.reduce((sum, { samples }) => sum + samples.length, 0) / rate };
}
