import { describe, expect, it } from 'vitest';
import { findSound } from '../../src/gateway-agent/recording-files.ts';
import { wavHeader } from '../../src/lib/wav.ts';

const mono = () => wavHeader({ frames: 100, channels: 1, rate: 8000 });

const changed = (at: number, value: number) => {
  const header = mono();
  header[at] = value;
  return header;
};

describe('a file that Asterisk recorded', () => {
  it('has its sound behind its header', () => {
    expect(findSound(mono())).toEqual({ offset: 44, bytes: 200 });
  });

  it.each([
    ['of two channels', wavHeader({ frames: 100, channels: 2, rate: 8000 })],
    ['of another rate', wavHeader({ frames: 100, channels: 1, rate: 16_000 })],
    ['of another width', changed(34, 8)],
    ['of another encoding', changed(20, 7)],
  ])('%s is refused', (_what, header) => expect(findSound(header)).toBe('not 8 kHz 16-bit mono PCM'));

  it.each([
    ['nothing', new Uint8Array()],
    ['another kind of file', new TextEncoder().encode('ID3 and forty-four more bytes of something else')],
    ['a header that is cut off', mono().slice(0, 30)],
    ['a header without sound', mono().slice(0, 36)],
  ])('%s is no recording', (_what, bytes) => expect(findSound(bytes)).toBe('not a WAV file'));
});
