import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedRecording, findRecordings, readFrames } from '../../src/gateway-agent/recording-files.ts';
import { soundIn, trimSilence } from '../../src/gateway-agent/trim.ts';
import { newId } from '../../src/lib/ids.ts';
import { writeWav } from '../../src/lib/wav.ts';
import { keptOf } from '../../src/recordings/trim.ts';

const MARGIN = 1600;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telefoon-trim-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A sound of a constant power: its sample, and minus that, in turns. */
const buzz = (samples: Int16Array, from: number, to: number, loudness: number): Int16Array =>
  samples.map((sample, at) => (at >= from && at < to ? sample + (at % 2 === 0 ? loudness : -loudness) : sample));

/** A recording of these channels as the uploader finds it, and what the gateway makes of it. */
async function trimmedOf(channels: Int16Array[]): Promise<{ channels: Int16Array[]; from: number }> {
  const id = newId('RE', Date.now());
  const names = channels.length === 1 ? ['.trim'] : ['.trim.in', '.trim.out'];
  for (const [at, name] of names.entries()) {
    const file = writeWav(channels[at] as Int16Array, 8000);
    await writeFile(join(folder, `${id}${name}.wav`), new Uint8Array(file));
  }
  const files = (await findRecordings(folder)).get(id);
  const found = files && (await closedRecording(id, files, { pid: 0, since: 0 }));
  if (!found?.trim) throw new Error('not found as one to be trimmed');
  const cut = await trimSilence(found);
  const kept = channels.map((): number[] => []);
  for await (const chunk of readFrames(cut, 0, cut.frames))
    chunk.forEach((it, channel) => void kept[channel]?.push(...it));
  const skipped = cut.sounds.map((it, at) => ((it?.offset ?? 0) - (found.sounds[at]?.offset ?? 0)) / 2);
  return { channels: kept.map((it) => Int16Array.from(it)), from: Math.max(...skipped) };
}

describe('what is sound', () => {
  const quiet = new Int16Array(16_000);
  it.each([
    ['nothing', quiet, undefined],
    ['the noise of an idle line', buzz(quiet, 0, 16_000, 8), undefined],
    ['noise of -52 dBFS', buzz(quiet, 0, 16_000, 82), undefined],
    ['a word of -48 dBFS', buzz(quiet, 800, 1600, 130), { from: 800, to: 1600 }],
    ['a crackle', buzz(quiet, 800, 801, 1200), undefined],
    [
      'a sound up to the end, in the last window that is not whole',
      buzz(quiet.subarray(0, 1000), 970, 1000, 300),
      { from: 960, to: 1000 },
    ],
  ])('of %s', (_what, samples, sound) => expect(soundIn([samples])).toEqual(sound));

  it('is what is heard on any channel', () => {
    const channels = [buzz(quiet, 1600, 3200, 500), buzz(quiet, 8000, 8800, 500)];
    expect(soundIn(channels)).toEqual({ from: 1600, to: 8800 });
  });
});

describe('what stays of a recording', () => {
  it.each([
    ['sound in the middle', { from: 8000, to: 16_000 }, 40_000, { from: 6400, to: 17_600 }],
    ['sound near both ends', { from: 160, to: 39_840 }, 40_000, { from: 0, to: 40_000 }],
    ['no sound', undefined, 40_000, { from: 0, to: MARGIN }],
    ['no sound, and hardly any time', undefined, 100, { from: 0, to: 100 }],
    ['nothing', undefined, 0, { from: 0, to: 0 }],
  ])('with %s', (_what, sound, frames, kept) => expect(keptOf(sound, frames)).toEqual(kept));

  it('is all that sounds with a margin around it, and nothing of the silence beyond', async () => {
    const moment = fc.integer({ min: 0, max: 24_000 });
    const sound = fc.record({ channel: fc.nat(1), from: moment, length: fc.integer({ min: 1, max: 9000 }) });
    const recording = fc.record({ lengths: fc.tuple(moment, moment), sounds: fc.array(sound, { maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(recording, fc.boolean(), async ({ lengths, sounds }, isStereo) => {
        const files = isStereo ? lengths : lengths.slice(0, 1);
        const heard = sounds.flatMap(({ channel, from, length }) => {
          const to = Math.min(from + length, files[channel] ?? 0);
          return to > from ? [{ channel, from, to }] : [];
        });
        const whole = files.map((length, at) => {
          const noise = buzz(new Int16Array(length), 0, length, 8);
          const own = heard.filter(({ channel }) => channel === at);
          return own.reduce((it, { from, to }) => buzz(it, from, to, 150 + (from % 5000)), noise);
        });
        const { channels, from } = await trimmedOf(whole);
        const frames = channels[0]?.length ?? 0;
        for (const [at, kept] of channels.entries()) {
          const expected = new Int16Array(frames);
          expected.set((whole[at] as Int16Array).subarray(from, from + frames));
          expect(kept).toEqual(expected);
        }
        const [first, last] = [Math.min(...heard.map((it) => it.from)), Math.max(...heard.map(({ to }) => to))];
        // Two windows and more of it, so that it fills one: what is shorter need not count.
        for (const it of heard.filter(({ from: begin, to }) => to - begin >= 320)) {
          expect(from).toBeLessThanOrEqual(Math.max(0, it.from - MARGIN + 160));
          expect(from + frames).toBeGreaterThanOrEqual(Math.min(Math.max(...files), it.to + MARGIN - 160));
        }
        expect(frames).toBeLessThanOrEqual(Math.max(MARGIN, last - first + 2 * MARGIN + 320));
      }),
      { numRuns: 200 },
    );
  });
});
