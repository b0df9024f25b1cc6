/** The place of a frame in its file, in bytes. */
export type Mp3Frame = { at: number; length: number; seconds: number };

type Header = { length: number; version: number; rate: number };

/** Kilobits per second by the index in the header: layer III of MPEG 1, then of MPEG 2 and 2.5. */
const BITRATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BITRATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES = [44_100, 48_000, 32_000];
/** How many bytes to search for a first frame, and for the next one after rubbish. */
const MAX_RUBBISH = 65_536;

/** Finds the whole layer III frames of a file, past ID3 tags and rubbish. */
export function* mp3Frames(bytes: Uint8Array): Generator<Mp3Frame> {
  let at = skipTags(bytes);
  let rubbish = 0;
  let first = true;
  while (at + 4 <= bytes.length && rubbish < MAX_RUBBISH) {
    const header = readFrameHeader(bytes, at);
    // After rubbish any two bytes may look like a header, so another frame must follow where the header says.
    if (!header || !(rubbish || first ? isFollowed(bytes, at, header) : at + header.length <= bytes.length)) {
      at += 1;
      rubbish += 1;
      continue;
    }
    if (!first || !isSummary(bytes, at))
      yield { at, length: header.length, seconds: (header.version === 3 ? 1152 : 576) / header.rate };
    at += header.length;
    rubbish = 0;
    first = false;
  }
}

function readFrameHeader(bytes: Uint8Array, at: number): Header | undefined {
  const [sync, kind, rates] = [bytes[at], bytes[at + 1], bytes[at + 2]] as [number, number, number];
  const version = (kind >> 3) & 3;
  const bitrateIndex = rates >> 4;
  const rateIndex = (rates >> 2) & 3;
  const isLayer3 = sync === 0xff && (kind & 0xe6) === 0xe2;
  // Version 1 is reserved, bitrate 0 is "free" (no length is given), 15 and rate 3 are invalid.
  if (!isLayer3 || version === 1 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3) return undefined;
  const isMpeg1 = version === 3;
  const rate = (RATES[rateIndex] as number) >> (isMpeg1 ? 0 : version === 2 ? 1 : 2);
  const bitrate = (isMpeg1 ? BITRATES_1 : BITRATES_2)[bitrateIndex] as number;
  const length = Math.floor(((isMpeg1 ? 144_000 : 72_000) * bitrate) / rate) + ((rates >> 1) & 1);
  return { length, version, rate };
}

function isFollowed(bytes: Uint8Array, at: number, { length, version, rate }: Header): boolean {
  const end = at + length;
  if (end === bytes.length) return true;
  if (end + 4 > bytes.length) return false;
  const next = readFrameHeader(bytes, end);
  return next?.version === version && next.rate === rate;
}

/** The place after the ID3v2 tags, which come first, may hold a picture, and give their length in seven bits of each byte. */
function skipTags(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x49 && bytes[at + 1] === 0x44 && bytes[at + 2] === 0x33 && at + 10 <= bytes.length) {
    const size = bytes.subarray(at + 6, at + 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    at += 10 + size;
  }
  return at;
}

/** Whether a first frame holds a summary of the file, as encoders write it: it would decode to silence. */
function isSummary(bytes: Uint8Array, at: number): boolean {
  return /Xing|Info|VBRI/.test(String.fromCharCode(...bytes.subarray(at + 4, at + 44)));
}
